/** The subprotocol that carries Bowline frames in binary messages. */
export const SUBPROTOCOL = "bowline.1";

/** What a server answers a key with is the Base64 of the SHA-1 of the key and this (RFC 6455 §4.2.2). */
export const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Headers as Node parses them: names in lower case, a repeated list header joined by commas. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parts of a request that matter here; a Node `IncomingMessage` has them. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  /** `"1.1"`. */
  readonly httpVersion: string;
  readonly headers: Headers;
}

/** An upgrade that may be answered with `formatUpgradeResponse`. */
export interface UpgradeAccepted {
  readonly accepted: true;
  readonly key: string;
  /** `bowline.1` if the client offered it; without it, each WebSocket message is a message as it is. */
  readonly subprotocol: typeof SUBPROTOCOL | undefined;
}

/** An upgrade to answer with an HTTP error. */
export interface UpgradeRefused {
  readonly accepted: false;
  readonly status: 400 | 405 | 426;
  /** One sentence for the body of the answer. */
  readonly reason: string;
  /** Headers that the answer must carry. */
  readonly headers: Readonly<Record<string, string>>;
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = "13";

/**
 * Checks a request to upgrade to WebSocket (RFC 6455 §4.2.1).
 *
 * The origin is checked apart, by `isOriginAllowed`.
 */
export function checkUpgradeRequest(request: UpgradeRequest): UpgradeAccepted | UpgradeRefused {
  const { method, httpVersion, headers } = request;
  if (method !== "GET") return refuse(405, "A WebSocket upgrade is a GET request.", { allow: "GET" });
  if (httpVersion !== "1.1") return refuse(400, "A WebSocket upgrade needs HTTP/1.1.");
  if (!listHeader(headers, "upgrade").some((token) => token.toLowerCase() === "websocket")) {
    return refuse(426, "The Upgrade header does not say websocket.", { upgrade: "websocket", connection: "Upgrade" });
  }
  if (!listHeader(headers, "connection").some((token) => token.toLowerCase() === "upgrade")) {
    return refuse(400, "The Connection header does not say Upgrade.");
  }
  if (headers["sec-websocket-version"] !== VERSION) {
    return refuse(426, "Only version 13 of WebSocket is spoken here.", { "sec-websocket-version": VERSION });
  }
  const key = headers["sec-websocket-key"];
  if (typeof key !== "string" || !KEY.test(key)) {
    return refuse(400, "The Sec-WebSocket-Key header is not the Base64 of 16 bytes.");
  }
  const offered = listHeader(headers, "sec-websocket-protocol");
  return { accepted: true, key, subprotocol: offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined };
}

/** The head of the answer that makes the connection a WebSocket; `accept` is made from the key and `ACCEPT_GUID`. */
export function formatUpgradeResponse(accept: string, subprotocol: string | undefined): string {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The values of a header that is a list of tokens. */
export function listHeader(headers: Headers, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  const joined = typeof value === "string" ? value : value.join(",");
  return joined
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "");
}

function refuse(
  status: UpgradeRefused["status"],
  reason: string,
  headers: UpgradeRefused["headers"] = {},
): UpgradeRefused {
  return { accepted: false, status, reason, headers };
}
