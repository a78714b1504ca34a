// Either side may ask and the other answers; answers may come in any order.
import { serve } from "bowline";
import { connect } from "bowline/client";

await using server = await serve({ port: 0 }, async (session) => {
  for await (const message of session) await message.reply(`${message.text().length} letters`);
});

await using session = await connect(`ws://localhost:${server.address.port}`);
const replies = await Promise.all([session.request("bowline"), session.request("knot")]);
for (const reply of replies) console.log(reply.text());
