// Bowline, as its first page has it. One server speaks plain lines, WebSocket and sessions.

import { serve } from "bowline";

const [port, work] = process.argv.slice(2);

await serve({ port: Number(port) }, async (session) => {
  if (work === "room") {
    const room = await session.join("room");
    for await (const message of session) await room.send(message.text());
  } else {
    for await (const message of session) await session.send(message.text());
  }
});
