// Messages with types, checked where they arrive: here with zod, and a handler for each of them.
import { serve } from "bowline";
import { connect } from "bowline/client";
import { defineMessages, MessageError } from "bowline/messages";
import * as z from "zod";

// In a program of two halves, both import this from one file.
const shop = defineMessages({
  fromClient: {
    take: z.object({ item: z.string(), count: z.int().positive().default(1) }),
    pay: { request: z.object({ card: z.string() }), reply: z.object({ items: z.array(z.string()) }) },
  },
});

await using server = await serve({ port: 0 }, async (session) => {
  const items: string[] = [];
  await shop.server(session).handle({
    take: ({ item, count }) => items.push(...Array(count).fill(item)),
    pay: ({ card }) => {
      if (card === "expired") throw new MessageError("declined", "this card has expired");
      return { items };
    },
  });
});

await using session = await connect(`ws://localhost:${server.address.port}`);
const visit = shop.client(session);
await visit.send("take", { item: "rope", count: 3 });
await visit.request("pay", { card: "expired" }).catch((error) => console.log(`${error.reason}: ${error.message}`));
console.log((await visit.request("pay", { card: "valid" })).items.join(", "));
