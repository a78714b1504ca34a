export type { Faults } from "./client-line.ts";
export type { Noticing, Side } from "./link.ts";
export type { NetworkConditions } from "./pipe.ts";
export type { PlainClient } from "./plain-client.ts";
export { type TestServer, type TestServerOptions, type TestSession, testServer } from "./test-server.ts";
