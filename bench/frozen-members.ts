// Members of a room in a process of their own, which can be stopped. Says "joined" when all are there and, when it is told
// a number, "heard" as soon as all have heard so many messages.

import { frames } from "../src/load/frame-client.ts";
import { openClients } from "../src/load/load-client.ts";

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const clients = await openClients(frames, { host: "127.0.0.1", port, isSecure: false, path: "/" }, count);
const heard = clients.map(() => 0);
let wanted = Number.POSITIVE_INFINITY;

for (const [index, client] of clients.entries()) {
  client.onHeard = (messages) => {
    heard[index] = (heard[index] ?? 0) + messages;
    tell();
  };
}
process.on("message", (number: number) => {
  wanted = number;
  tell();
});
process.on("disconnect", () => process.exit());
process.send?.("joined");

function tell(): void {
  if (heard.some((messages) => messages < wanted)) return;
  wanted = Number.POSITIVE_INFINITY;
  process.send?.("heard");
}
