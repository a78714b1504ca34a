import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { inspect } from "node:util";

/** Answers the HTTP requests that ask for no WebSocket, as web-standard servers do. */
export type Fetch = (request: Request) => Response | Promise<Response>;

const WITHOUT_BODY = new Set(["GET", "HEAD"]);

/** Answers one request by `fetch`. Never rejects: an error of `fetch` is reported, and answered with status 500. */
export async function answerByFetch(
  fetch: Fetch,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    const asked = toRequest(request, response);
    if (asked === undefined) sendText(response, 400, "The request has no valid target.");
    else await send(checked(await fetch(asked)), request, response);
  } catch (error) {
    onError(error);
    if (response.headersSent) response.destroy();
    else sendText(response, 500, "The server failed to answer.");
  }
}

/** JavaScript may have given anything; and not every `Response` is this realm's. */
function checked(answer: Response | undefined): Response {
  if (typeof answer?.headers?.getSetCookie === "function") return answer;
  throw new TypeError(`fetch gives a Response, and not ${inspect(answer)}`);
}

export function sendText(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${sentence}\n`);
}

function toRequest(request: IncomingMessage, response: ServerResponse): Request | undefined {
  const { method = "GET", headers, url = "/", socket } = request;
  const scheme = "encrypted" in socket ? "https" : "http";
  const target = url.startsWith("/") ? `${scheme}://${headers.host ?? "localhost"}${url}` : url;
  if (!URL.canParse(target)) return undefined;
  const abort = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) abort.abort();
  });
  const body = WITHOUT_BODY.has(method) ? null : (Readable.toWeb(request) as ReadableStream<Uint8Array>);
  const given = { method, headers: toHeaders(request), body, duplex: "half", signal: abort.signal } as const;
  return new Request(target, given);
}

function toHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  return headers;
}

async function send(answer: Response, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  if (answer.statusText === "") response.writeHead(answer.status);
  else response.writeHead(answer.status, answer.statusText);
  if (answer.body === null || request.method === "HEAD") {
    await answer.body?.cancel();
    response.end();
    return;
  }
  for await (const chunk of answer.body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** The response takes more, or never will. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
