export * from "../door.ts";
export { connect } from "./connect.ts";
export { indexedDb } from "./indexed-db.ts";
