import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { formatUpgradeRequest } from "../../src/protocol/websocket/client-handshake.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";

const MESSAGE = "x".repeat(64);
const FRAME = encodeWebSocketFrame(OPCODE.text, MESSAGE, 0x9d3a51f2);
/** The same message as a server writes it: without the mask. */
const REPLY_BYTES = FRAME.length - 4;

/** Opens WebSocket connections, a few at a time. */
export async function openConnections(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, () => openConnection(port));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

async function openConnection(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(formatUpgradeRequest({ host: "127.0.0.1", path: "/", key: randomBytes(16).toString("base64") }));
  const [head] = (await once(socket, "data")) as [Buffer];
  if (!head.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error(`refused: ${head}`);
  return socket;
}

/** Ends connections at once, without a port that stays taken. */
export function closeConnections(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.resetAndDestroy();
}

/** Sends `messages` messages of 64 bytes over each connection, `inFlight` at a time, and waits for every answer. */
export async function exchange(sockets: readonly Socket[], messages: number, inFlight: number, unmasked: boolean) {
  const batch = Buffer.concat(Array.from({ length: inFlight }, () => FRAME));
  const replyBytes = unmasked ? REPLY_BYTES : FRAME.length;
  await Promise.all(sockets.map((socket) => exchangeOver(socket, batch, replyBytes * inFlight, messages / inFlight)));
}

function exchangeOver(socket: Socket, batch: Buffer, replyBytes: number, batches: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let missing = 0;
    const send = () => {
      sent++;
      missing += replyBytes;
      socket.write(batch);
    };
    const receive = (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing > 0) return;
      if (sent < batches) return send();
      socket.off("data", receive).off("close", reject);
      if (missing === 0) resolve();
      else reject(new Error(`${-missing} bytes too many`));
    };
    socket.on("data", receive).once("close", reject);
    send();
  });
}
