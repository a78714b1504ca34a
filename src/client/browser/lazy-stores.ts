import type { Store } from "../store.ts";

type Stores = typeof import("./stores.ts");

/** All that is needed to keep a session is a module of its own: pages that keep none do not load it. */
export function loadStores(): Promise<Stores> {
  return import("./stores.ts");
}

/** A store that is made when it is first opened. */
function lazy(make: (stores: Stores) => Store): Store {
  let made: Promise<Store> | undefined;
  return {
    async open() {
      made ??= loadStores().then(make);
      return (await made).open();
    },
  };
}

/**
 * Keeps a session in the browser's database, so that a page goes on with it after a reload.
 *
 * Pages of one origin with the same `name` share what is kept, one page at a time: a second tab gets a session of its
 * own, which is not kept. Needs a secure context (HTTPS, or localhost); elsewhere nothing is kept.
 */
export function indexedDb(name = "default"): Store {
  return lazy((stores) => stores.indexedDb(name));
}

/** Keeps a session in memory: what `connect` left behind when it failed, another `connect` goes on with. */
export function memoryStore(): Store {
  return lazy((stores) => stores.memoryStore());
}
