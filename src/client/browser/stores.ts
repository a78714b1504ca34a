// What pages load when they first keep a session.

export { open } from "../keeper.ts";
export { memoryStore } from "../store.ts";
export { indexedDb } from "./indexed-db.ts";
