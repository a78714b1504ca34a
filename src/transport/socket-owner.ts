import type { Socket } from "node:net";

/** Whoever looks after a socket: it is told everything that happens on it. */
export interface SocketOwner {
  onData(bytes: Uint8Array): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** Everything that had to wait has been taken by the operating system. */
  onDrain(): void;
  /** Something went wrong; `onClose` follows. */
  onError(error: NodeJS.ErrnoException): void;
  /** The socket is gone. */
  onClose(): void;
}

const OWNER = Symbol("owner");

interface OwnedSocket extends Socket {
  [OWNER]: SocketOwner | undefined;
}

// One function for all sockets and each event. A closure a socket would add a quarter to what an idle one costs.

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[OWNER]?.onData(bytes);
}

function onEnd(this: OwnedSocket): void {
  this[OWNER]?.onEnd();
}

function onDrain(this: OwnedSocket): void {
  this[OWNER]?.onDrain();
}

function onError(this: OwnedSocket, error: Error): void {
  this[OWNER]?.onError(error);
}

function onClose(this: OwnedSocket): void {
  this[OWNER]?.onClose();
}

/**
 * What every socket of ours is made with.
 *
 * - Half open: `echo hello | nc` ends its sending before it has its answer.
 * - No delay: what belongs together leaves in one write already.
 * - Keep-alive, since plain clients cannot answer a ping.
 * - A high-water mark of one byte, so that `drain` follows every write that the system does not take at once.
 */
export const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  highWaterMark: 1,
} as const;

/** Makes `owner` look after the socket, instead of whoever did. The first owner sets it flowing, unless it is paused. */
export function own(socket: Socket, owner: SocketOwner): void {
  const owned = socket as OwnedSocket;
  const hasOwner = owned[OWNER] !== undefined;
  owned[OWNER] = owner;
  if (hasOwner) return;
  socket.on("data", onData).on("end", onEnd).on("drain", onDrain).on("error", onError).on("close", onClose);
}

/** Leaves the socket, paused, to somebody else: bytes that were read and not used are put back. */
export function disown(socket: Socket, unused: Uint8Array): void {
  socket.pause();
  (socket as OwnedSocket)[OWNER] = undefined;
  socket.off("data", onData).off("end", onEnd).off("drain", onDrain).off("error", onError).off("close", onClose);
  if (unused.length > 0) socket.unshift(unused);
}
