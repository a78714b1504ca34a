// A room that everybody is in: try it with two terminals and `nc localhost 8000`.
import { serve } from "bowline";

let guests = 0;

const server = await serve({ port: Number(process.argv[2] ?? 8000) }, async (session) => {
  const name = `guest ${++guests}`;
  const lobby = await session.join("lobby", { last: 20 });
  await lobby.send(`${name} came in`);
  try {
    for await (const message of session) await lobby.send(`${name}: ${message.text()}`);
  } finally {
    await lobby.send(`${name} left`);
  }
});
console.log(`listening on port ${server.address.port}`);
