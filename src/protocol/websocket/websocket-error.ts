import { ProtocolError } from "../protocol-error.ts";

/** The close codes that a broken rule of RFC 6455 is answered with (§7.4.1). */
export type ViolationCode = 1002 | 1007 | 1009;

/**
 * The peer broke a rule of WebSocket.
 *
 * `closeCode` is what goes on the wire. It is finer than `closeName`: 1007 (a text that is not UTF-8) can only happen
 * on WebSocket, so Bowline's own table does not have it, and everyone above this codec is told `protocol-error`.
 */
export class WebSocketError extends ProtocolError {
  readonly closeCode: ViolationCode;

  constructor(message: string, section: string, closeCode: ViolationCode = 1002) {
    super(message, `RFC 6455 ${section}`, closeCode === 1009 ? "message-too-big" : "protocol-error");
    this.closeCode = closeCode;
  }
}
