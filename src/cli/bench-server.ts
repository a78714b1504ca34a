// The server that `bowline bench` loads when it is given none; the argument says whether there is a room.

import { serve } from "bowline";

const server = await serve({ port: 0, host: "127.0.0.1" }, async (session) => {
  if (process.argv[2] === "room") {
    const room = await session.join("room");
    for await (const message of session) await room.send(message.text());
  } else {
    for await (const message of session) await session.send(message.text());
  }
});
process.on("disconnect", () => process.exit());
process.send?.(server.address.port);
