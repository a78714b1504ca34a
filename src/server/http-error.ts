import { STATUS_CODES } from "node:http";

/** An answer that says what is wrong, for a connection that is closed after it. */
export function formatHttpError(
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array {
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "connection: close",
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
