// The servers that are compared. The first argument says which one to be, the second whether it echoes or has a room.

import { type AddressInfo, createServer, type Socket } from "node:net";
import { serve } from "bowline";
import { answerQuestions } from "../server-process.ts";
import { ACKNOWLEDGEMENT } from "./load.ts";

const ACCEPTED: Promise<void> = Promise.resolve();
const [candidate, work] = process.argv.slice(2);

if (candidate?.startsWith("bare net") === true) {
  const answer = candidate === "bare net, in a loop" ? echoInLoop : echo;
  const server = createServer({ noDelay: true }, work === "room" ? tellAll : answer);
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

/** By hand, but held as a session is: a loop takes one line after the other, and awaits the place of each answer. */
async function echoInLoop(socket: Socket): Promise<void> {
  const lines = new Lines(socket);
  for await (const line of lines) await lines.send(line);
}

/** The least that a loop needs: lines that wait, a reader that does, and one write a turn. */
class Lines implements AsyncIterator<string> {
  readonly #socket: Socket;
  #waiting: string[] = [];
  #next = 0;
  #resolve: ((result: IteratorResult<string>) => void) | undefined;
  #answer = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    onLines(socket, (lines) => this.#take(lines));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(lines: string[]): void {
    this.#waiting = this.#next < this.#waiting.length ? [...this.#waiting.slice(this.#next), ...lines] : lines;
    this.#next = 0;
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (resolve !== undefined) resolve({ value: this.#waiting[this.#next++] as string, done: false });
  }

  next(): Promise<IteratorResult<string>> {
    const value = this.#waiting[this.#next];
    if (value === undefined) return new Promise((resolve) => this.#wait(resolve));
    this.#next += 1;
    return Promise.resolve({ value, done: false });
  }

  #wait(resolve: (result: IteratorResult<string>) => void): void {
    this.#resolve = resolve;
  }

  send(line: string): Promise<void> {
    if (this.#answer === "") setImmediate(() => this.#flush());
    this.#answer += `${line}\n`;
    return ACCEPTED;
  }

  #flush(): void {
    this.#socket.write(this.#answer);
    this.#answer = "";
  }
}

const members = new Set<Socket>();

/** By hand: one buffer for everybody. */
function tellAll(socket: Socket): void {
  members.add(socket);
  socket.on("close", () => members.delete(socket));
  onLines(socket, (lines) => {
    const said = candidate === "bare net, acknowledged" ? lines.filter((line) => line !== ACKNOWLEDGEMENT) : lines;
    if (said.length === 0) return;
    const batch = Buffer.from(`${said.join("\n")}\n`);
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
