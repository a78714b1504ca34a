// Node's sockets alone, with the best that a user would write by hand: lines out of chunks, and one write for all the
// answers to a chunk.

import { createServer, type Socket } from "node:net";

const [port, work] = process.argv.slice(2);
const members = new Set<Socket>();

createServer({ noDelay: true }, work === "room" ? tellAll : echo).listen({
  port: Number(port),
  host: "127.0.0.1",
  backlog: 4_096,
});

function echo(socket: Socket): void {
  onLines(socket, (lines) => socket.write(`${lines.join("\n")}\n`));
}

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
