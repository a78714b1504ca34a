// The servers that are compared. The first argument says which one to be, the second whether it echoes or has a room.

import { type AddressInfo, createServer, type Socket } from "node:net";
import { serve } from "bowline";
import { answerQuestions } from "../server-process.ts";

const [candidate, work] = process.argv.slice(2);

if (candidate === "bare net") {
  const server = createServer({ noDelay: true }, work === "room" ? tellAll : echo);
  server.listen(0, "127.0.0.1", () => answerQuestions((server.address() as AddressInfo).port));
} else {
  const server = await serve({ port: 0 }, async (session) => {
    if (work === "room") {
      const room = await session.join("room");
      for await (const message of session) await room.send(message.text());
    } else {
      for await (const message of session) await session.send(message.text());
    }
  });
  answerQuestions(server.address.port);
}

/** By hand: lines out of chunks, and one write for all the answers to a chunk. */
function echo(socket: Socket): void {
  onLines(socket, (lines) => {
    let answer = "";
    for (const line of lines) answer += `${line}\n`;
    socket.write(answer);
  });
}

const members = new Set<Socket>();

/** By hand: one buffer for everybody. */
function tellAll(socket: Socket): void {
  members.add(socket);
  socket.on("close", () => members.delete(socket));
  onLines(socket, (lines) => {
    const batch = Buffer.from(`${lines.join("\n")}\n`);
    for (const member of members) member.write(batch);
  });
}

function onLines(socket: Socket, take: (lines: string[]) => void): void {
  let rest = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) take(lines);
  });
}
