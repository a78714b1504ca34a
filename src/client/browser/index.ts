export * from "../door.ts";
export { connect } from "./connect.ts";
export { indexedDb, memoryStore } from "./lazy-stores.ts";
