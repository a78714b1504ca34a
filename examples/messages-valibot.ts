// Messages with types, checked where they arrive: here with valibot, in a loop, and in a room's log.
import { serve } from "bowline";
import { connect } from "bowline/client";
import { defineMessages } from "bowline/messages";
import * as v from "valibot";

const chess = defineMessages({
  fromClient: { move: v.object({ square: v.pipe(v.string(), v.regex(/^[a-h][1-8]$/, "must be a square")) }) },
  fromServer: { moved: v.object({ by: v.string(), square: v.string() }) },
});

await using server = await serve({ port: 0 }, async (session) => {
  const table = chess.room(await session.join("table", { last: 10 }));
  for await (const received of chess.server(session)) {
    if (received.type === "move") await table.send("moved", { by: "white", square: received.data.square });
  }
});

await using session = await connect(`ws://localhost:${server.address.port}`);
const player = chess.client(session);
for (const square of ["e2", "e9", "e4"]) await player.send("move", { square });
for await (const { type, data, error } of player) {
  if (type === "moved") console.log(`${data.by} moves to ${data.square}`);
  else console.log(error?.message);
  if (data?.square === "e4") break;
}
