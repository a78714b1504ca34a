// A room of Bowline's whose log is on disk, in the folder that is the third argument.

import { serve, sqlite } from "bowline";

const [port, , folder = ""] = process.argv.slice(2);

await serve({ port: Number(port), broker: sqlite(folder) }, async (session) => {
  const room = await session.join("room");
  // What is said at once goes to the disk at once.
  for await (const message of session) void room.send(message.text());
});
