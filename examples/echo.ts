// Sends every message back as it came, text as text and bytes as bytes.
import { serve } from "bowline";

const server = await serve({ port: Number(process.argv[2] ?? 8000) }, async (session) => {
  for await (const message of session) await session.send(message.isText ? message.text() : message.bytes());
});
console.log(`listening on port ${server.address.port}`);
