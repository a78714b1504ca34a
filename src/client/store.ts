import type { ClientSnapshot } from "../session/client-snapshot.ts";

/** Where a session is kept over a reload of its page: who it is, how far it has come, and what it has not delivered. */
export interface Store {
  /** Takes the store for one session alone; `undefined` while another one has it. */
  open(): Promise<OpenStore | undefined>;
}

export interface OpenStore {
  /** The session that was left here. */
  readonly snapshot: ClientSnapshot | undefined;
  /** Resolves when it is kept; `undefined` forgets the session. Never called again before it has settled. */
  write(snapshot: ClientSnapshot | undefined): Promise<void>;
  /** Lets another session have the store. */
  close(): void;
}

/** Keeps a session in memory: what `connect` left behind when it failed, another `connect` goes on with. */
export function memoryStore(): Store {
  let kept: ClientSnapshot | undefined;
  let isOpen = false;
  return {
    async open() {
      if (isOpen) return undefined;
      isOpen = true;
      return {
        snapshot: kept,
        async write(snapshot) {
          kept = snapshot;
        },
        close() {
          isOpen = false;
        },
      };
    },
  };
}
