import type { ClientSnapshot } from "../../session/client-snapshot.ts";
import type { OpenStore, Store } from "../store.ts";

const DATABASE = "bowline";
const SESSIONS = "sessions";
/** A page that is being reloaded gives its lock up a moment after the new one has asked for it. */
const LOCK_PATIENCE_MS = 250;

/** Keeps sessions in the browser's database, under this name. */
export function indexedDb(name: string): Store {
  return {
    async open() {
      const release = await lock(`${DATABASE}:${name}`);
      if (release === undefined) return undefined;
      try {
        return await openStore(name, release);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

async function openStore(name: string, release: () => void): Promise<OpenStore> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(SESSIONS);
  const database = await settled(opening);
  const sessions = (mode: IDBTransactionMode): IDBObjectStore =>
    database.transaction(SESSIONS, mode).objectStore(SESSIONS);
  const snapshot: ClientSnapshot | undefined = await settled(sessions("readonly").get(name));
  return {
    snapshot,
    async write(next) {
      const store = sessions("readwrite");
      if (next === undefined) store.delete(name);
      else store.put(next, name);
      await committed(store.transaction);
    },
    close() {
      database.close();
      release();
    },
  };
}

/** Takes a lock that is held until the function it gives is called, or the page is gone; `undefined` if it is taken. */
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const hold = (): Promise<void> => new Promise((release) => resolve(release));
    const refuse = (): void => resolve(undefined);
    const options = { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) };
    if (navigator.locks) navigator.locks.request(name, options, hold).catch(refuse);
    else refuse();
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
