import { type Headers, listHeader } from "./handshake.ts";

export interface UpgradeRequestOptions {
  /** The authority as in the URL: `example.com:8000`. */
  readonly host: string;
  /** Path and query; begins with a slash. */
  readonly path: string;
  /** The Base64 of 16 random bytes. */
  readonly key: string;
  readonly subprotocol?: string | undefined;
  /** More headers, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The head of an HTTP response. */
export interface UpgradeResponse {
  readonly status: number;
  readonly headers: Headers;
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |$)/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a header would begin another header.
const UNSAFE_IN_HEADER = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * The head of the request that asks a server for a WebSocket (RFC 6455 §4.1).
 *
 * Throws `TypeError` when a header, the host or the path holds a line break or another control character.
 */
export function formatUpgradeRequest(options: UpgradeRequestOptions): string {
  const { host, path, key, subprotocol, headers = {} } = options;
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
  ];
  if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  for (const line of lines) {
    if (UNSAFE_IN_HEADER.test(line)) throw new TypeError(`control character in the request: ${JSON.stringify(line)}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Reads the head of an HTTP response, up to its empty line; `undefined` when it is not one. */
export function parseUpgradeResponse(head: string): UpgradeResponse | undefined {
  const [statusLine = "", ...lines] = head.trimEnd().split("\r\n");
  const status = STATUS_LINE.exec(statusLine)?.[1];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { status: Number(status), headers };
}

/**
 * Checks a server's answer to the upgrade (RFC 6455 §4.1); returns what is wrong with it, or `undefined` if nothing is.
 *
 * `accept` is what the server must have made of the key. No extension was offered, so none may be chosen.
 */
export function findUpgradeFault(response: UpgradeResponse, accept: string, offered?: string): string | undefined {
  const { status, headers } = response;
  if (status !== 101) return `the server answered with HTTP status ${status}`;
  if (!listHeader(headers, "upgrade").some((token) => token.toLowerCase() === "websocket")) {
    return "the answer's Upgrade header does not say websocket";
  }
  if (!listHeader(headers, "connection").some((token) => token.toLowerCase() === "upgrade")) {
    return "the answer's Connection header does not say Upgrade";
  }
  if (headers["sec-websocket-accept"] !== accept) return "the answer's Sec-WebSocket-Accept is not made of our key";
  if (headers["sec-websocket-extensions"]) return "the server chose an extension that was not offered";
  const chosen = headers["sec-websocket-protocol"];
  if (chosen !== undefined && chosen !== offered) return `the server chose the subprotocol ${chosen}, not offered`;
  return undefined;
}
