// A server whose disk fills up, and is given room again: `node full-disk.js FOLDER`, where FOLDER is a small disk. Prints
// what happened, as JSON.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serve, sqlite } from "bowline";
import { connect } from "bowline/client";

const [, , disk = ""] = process.argv;
const data = join(disk, "data");
const filler = join(disk, "filler");
const PAYLOAD = "x".repeat(10_000);
const FULL = 1_000;

const broker = sqlite(data);
const server = await serve({ port: 0, broker }, async (session) => {
  const room = session.room("lobby");
  for await (const message of session) {
    const failure = await room.send(`${message.text()} ${PAYLOAD}`).then(
      () => "",
      (error: Error) => `${error.name}: ${error.message}`,
    );
    await message.reply(failure);
  }
});
const client = await connect(`ws://127.0.0.1:${server.address.port}`);

const acknowledged: string[] = [];
async function say(text: string): Promise<string> {
  const failure = (await client.request(text)).text();
  if (failure === "") acknowledged.push(text);
  return failure;
}

/** What the log holds, first words alone. */
async function inLog(from: typeof broker): Promise<string[]> {
  const { epoch } = await from.head("lobby");
  const { entries } = await from.read(
    "lobby",
    { epoch, offset: 0 },
    { entries: FULL, bytes: Number.POSITIVE_INFINITY },
  );
  return entries.map(({ payload }) => String(payload).split(" ", 1)[0] ?? "");
}

writeFileSync(filler, "x".repeat(1_000_000));
let failure = "";
for (let n = 1; failure === "" && n < FULL; n += 1) failure = await say(`before-${n}`);
const again = await say("while-full");
const whileFull = await inLog(broker);
const acknowledgedThen = [...acknowledged];
rmSync(filler);
const after = [await say("after-1"), await say("after-2")];
const { status } = client;
await client.close();
await server.close();
await broker.close();
const reopened = sqlite(data);
const atEnd = await inLog(reopened);
await reopened.close();
const report = { failure, again, whileFull, acknowledgedThen, after, status, acknowledged, atEnd };
export type FullDiskReport = typeof report;
process.stdout.write(`${JSON.stringify(report)}\n`);
