// The servers that are compared: each sends back every message it gets. The first argument says which one to be.

import { createHash } from "node:crypto";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type RawData, WebSocketServer } from "ws";
import { ByteWriter } from "../../src/protocol/bytes.ts";
import { writeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import {
  ACCEPT_GUID,
  checkUpgradeRequest,
  formatUpgradeResponse,
  type Headers,
} from "../../src/protocol/websocket/handshake.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import { answerQuestions } from "../server-process.ts";

const MAX_MESSAGE_BYTES = 1_048_576;

/** Our codec on a bare socket; what a chunk's messages are answered with is one write. */
function createOwnServer(): Server {
  const writer = new ByteWriter();
  return createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (head) => {
      socket.write(answerUpgrade(head.toString("latin1")));
      const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
      socket.on("data", (chunk) => echo(codec, chunk, writer, socket));
    });
  });
}

function echo(codec: WebSocketCodec, chunk: Uint8Array, writer: ByteWriter, socket: Socket): void {
  codec.push(chunk);
  for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
    if (unit.kind === "text" || unit.kind === "binary") writeWebSocketFrame(writer, OPCODE[unit.kind], unit.data);
  }
  if (writer.length > 0) socket.write(writer.take());
}

/** The whole request comes in one chunk here, since the bench itself is the client. */
function answerUpgrade(head: string): string {
  const [requestLine = "", ...lines] = head.trimEnd().split("\r\n");
  const entries = lines.map((line) => line.split(": ")).map(([name = "", value = ""]) => [name.toLowerCase(), value]);
  const headers = Object.fromEntries(entries) as Headers;
  const upgrade = checkUpgradeRequest({ method: requestLine.split(" ")[0], httpVersion: "1.1", headers });
  if (!upgrade.accepted) throw new Error(upgrade.reason);
  const accept = createHash("sha1")
    .update(upgrade.key + ACCEPT_GUID)
    .digest("base64");
  return formatUpgradeResponse(accept, upgrade.subprotocol);
}

/** The `ws` package as its documentation has it. */
function createWsServer(): Server {
  const { server, ws } = createWs();
  ws.on("connection", (peer) => {
    peer.on("message", (data: RawData, binary: boolean) => peer.send(data, { binary }));
  });
  return server;
}

/** `ws` reads, and frames of our own are written to its socket, all of a chunk's at once. */
function createBatchingWsServer(): Server {
  const { server, ws } = createWs();
  ws.on("connection", (peer, { socket }) => {
    const writer = new ByteWriter();
    peer.on("message", (data: RawData, binary: boolean) => {
      if (writer.length === 0) queueMicrotask(() => socket.write(writer.take()));
      writeWebSocketFrame(writer, binary ? OPCODE.binary : OPCODE.text, data as Buffer);
    });
  });
  return server;
}

function createWs(): { server: Server; ws: WebSocketServer } {
  const refuse: RequestListener = (_request, response) => response.writeHead(426).end();
  const server = createHttpServer(refuse);
  const ws = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  return { server, ws };
}

/** No WebSocket after the upgrade: chunks go back as they came. What nobody can be cheaper than. */
function createBareServer(): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (head) => {
      socket.write(answerUpgrade(head.toString("latin1")));
      socket.on("data", (chunk) => socket.write(chunk));
    });
  });
}

const KINDS: Record<string, () => Server> = {
  bare: createBareServer,
  own: createOwnServer,
  ws: createWsServer,
  "ws-batched": createBatchingWsServer,
};

const create = KINDS[process.argv[2] ?? ""];
if (create === undefined) throw new Error(`name one of ${Object.keys(KINDS).join(", ")}`);
const server = create();
server.listen({ port: 0, host: "127.0.0.1", backlog: 8_192 }, () => {
  answerQuestions((server.address() as AddressInfo).port);
});
