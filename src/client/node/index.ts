export * from "../door.ts";
export { connect } from "./connect.ts";
export type { NodeConnectOptions as ConnectOptions } from "./connect-options.ts";
