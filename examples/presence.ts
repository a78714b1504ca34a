// Who is here: everybody in the room is told who comes, goes and is away, in one message for all of them.
import { type RoomMember, serve } from "bowline";

let guests = 0;
const namesOf = (members: readonly RoomMember[]) => members.map(({ identity }) => identity);

const server = await serve(
  {
    port: Number(process.argv[2] ?? 8000),
    // Your own would look at the credential, and say who that is.
    authenticate: () => ({ identity: `guest ${++guests}` }),
    onpresence({ count, joined, left, away, back }, room) {
      const news = { joined: namesOf(joined), left: namesOf(left), away: namesOf(away), back: namesOf(back) };
      return room.send({ type: "presence", count, ...news }, { ephemeral: true });
    },
  },
  async (session) => {
    const lobby = await session.join("lobby");
    await session.send({ type: "here", names: namesOf(lobby.members()) });
    for await (const message of session) await lobby.send(`${session.identity}: ${message.text()}`);
  },
);
console.log(`listening on port ${server.address.port}`);
