// The tutorial's server: answers every message of every client, for as long as each of them talks.
import { serve } from "bowline";

const server = await serve({ port: Number(process.argv[2] ?? 8000) }, async (session) => {
  for await (const message of session) {
    if (message.text().toLowerCase() === "bye") break;
    await session.send("Oi you sent something to me");
  }
});
console.log(`listening on port ${server.address.port}`);
