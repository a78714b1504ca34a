import assert from "node:assert/strict";

/** What one client saw. */
export interface Testimony {
  readonly client: number;
  /** Messages that it sent, and that were acknowledged: the first is number 1. */
  readonly acknowledged: number;
  /** By room, what came, as it came. */
  readonly heard: ReadonlyMap<string, readonly Heard[]>;
}

export interface Heard {
  readonly offset: number;
  readonly text: string;
}

/**
 * Compares what clients saw with what the rooms' logs hold in the end. `sayings` is what had to be said for a message.
 *
 * It knows nothing of how any of it came about: none lost, none twice, everybody heard the same in the same order.
 */
export function compare(
  logs: ReadonlyMap<string, readonly Heard[]>,
  testimonies: readonly Testimony[],
  sayings: (client: number, n: number) => readonly { readonly room: string; readonly text: string }[],
): void {
  const expected = new Map<string, string[]>();
  for (const { client, acknowledged } of testimonies) {
    for (let n = 1; n <= acknowledged; n += 1) {
      for (const { room, text } of sayings(client, n)) listIn(expected, `${room}, client ${client}`).push(text);
    }
  }
  const found = new Map<string, string[]>();
  for (const [room, log] of logs) {
    let last = 0;
    for (const { offset, text } of log) {
      assert.ok(offset > last, `${room}: ${offset} after ${last}`);
      last = offset;
      listIn(found, `${room}, client ${text.split(" ")[0]}`).push(text);
    }
  }
  assert.deepEqual(new Set(found.keys()), new Set(expected.keys()));
  for (const [whose, texts] of expected) assertSame(found.get(whose) ?? [], texts, `the log of ${whose}`);
  for (const { client, heard } of testimonies) {
    for (const [room, log] of logs) assertSame(heard.get(room) ?? [], log, `what client ${client} heard in ${room}`);
  }
}

/** Names the first difference alone: thousands of lines help nobody. */
export function assertSame(found: readonly unknown[], expected: readonly unknown[], what: string): void {
  const length = Math.max(found.length, expected.length);
  for (let index = 0; index < length; index += 1) {
    assert.deepEqual(found[index], expected[index], `${what}: number ${index} of ${found.length} (${expected.length})`);
  }
}

function listIn<Item>(lists: Map<string, Item[]>, name: string): Item[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}
