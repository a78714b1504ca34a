import type { Appended, NewEntry } from "./broker.ts";

/** What is known of the first entry with a key. */
export interface KnownKey {
  readonly epoch: number;
  readonly offset: number;
  readonly check: number;
  readonly expiresAt: number;
}

/**
 * The idempotency keys of all rooms, until they expire.
 *
 * They are asked to live equally long, so the order in which they were put, or renewed, is the order in which they expire:
 * sweeping looks at the oldest alone.
 */
export class MemoryKeys {
  readonly #maxKeys: number;
  readonly #onPut: ((name: string, known: KnownKey) => void) | undefined;
  readonly #known = new Map<string, KnownKey>();

  /** `onPut` hears of every key that was used or renewed. */
  constructor(maxKeys: number, onPut?: (name: string, known: KnownKey) => void) {
    this.#maxKeys = maxKeys;
    this.#onPut = onPut;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Where the first entry with this key is, if it is known in this incarnation of the log. It is known for longer then. */
  find(room: string, epoch: number, entry: NewEntry, now: number): Appended | undefined {
    if (entry.key === undefined) return undefined;
    const known = this.#known.get(nameOf(room, entry.key));
    if (known === undefined || known.expiresAt <= now || known.epoch !== epoch) return undefined;
    this.renew(room, entry.key, Math.max(known.expiresAt, now + (entry.keepKeyMs ?? 0)));
    return { epoch, offset: known.offset, isRepeat: true, isMismatch: known.check !== checkOf(entry.payload) };
  }

  /** The entry with this key is at this offset. */
  add(room: string, epoch: number, offset: number, { key, keepKeyMs = 0, payload }: NewEntry, now: number): void {
    if (key === undefined) return;
    const known = { epoch, offset, check: checkOf(payload), expiresAt: now + keepKeyMs };
    this.#put(nameOf(room, key), known);
  }

  renew(room: string, key: string, expiresAt: number): void {
    const name = nameOf(room, key);
    const known = this.#known.get(name);
    if (known !== undefined) this.#put(name, { ...known, expiresAt });
  }

  #put(name: string, known: KnownKey): void {
    this.restore(name, known);
    this.#onPut?.(name, known);
  }

  /** What `onPut` heard of, some time ago. */
  restore(name: string, known: KnownKey): void {
    this.#known.delete(name);
    this.#known.set(name, known);
  }

  /** Lets go of what has expired, and of the oldest when there are too many. */
  sweep(now: number): void {
    if (this.#known.size === 0) return;
    for (const [name, { expiresAt }] of this.#known) {
      if (expiresAt > now && this.#known.size <= this.#maxKeys) return;
      this.#known.delete(name);
    }
  }

  clear(): void {
    this.#known.clear();
  }
}

/** Whatever is in the two of them, others have another name. */
function nameOf(room: string, key: string): string {
  return `${room.length} ${room} ${key}`;
}

/** FNV-1a over the payload, text by its UTF-16 units: enough to report a repetition that says something else. */
function checkOf(payload: string | Uint8Array): number {
  let hash = typeof payload === "string" ? 0x811c9dc5 : 0x01000193;
  for (let index = 0; index < payload.length; index += 1) {
    const unit = typeof payload === "string" ? payload.charCodeAt(index) : (payload[index] as number);
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return hash;
}
