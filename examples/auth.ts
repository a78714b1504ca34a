// Who may come in: a credential is checked before the handler starts, and again on every resume.
import { serve } from "bowline";
import { ConnectError, connect } from "bowline/client";

const users = new Map([["secret of ann", "ann"]]);

await using server = await serve(
  {
    port: 0,
    authenticate: ({ credential }) => {
      const identity = users.get(credential ?? "");
      return identity === undefined ? undefined : { identity };
    },
  },
  async (session) => session.send(`welcome, ${session.identity}`),
);

for (const credential of ["secret of ann", "a guess"]) {
  try {
    await using session = await connect(`ws://localhost:${server.address.port}`, { credential });
    console.log((await session.receive())?.text());
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    console.log(`refused: ${error.info?.name}`);
  }
}
