import type { IncomingMessage, ServerResponse } from "node:http";
import type { Emit } from "../runtime/ports.ts";
import { answerByFetch, type Fetch, sendText } from "./pages.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** What `fetch` is asked for. */
export const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/** Answers what is asked by HTTP: the server's health itself, everything else by the user's `fetch`. */
export function httpRequestListener(
  fetch: Fetch | undefined,
  sessions: SessionRegistry,
  emit: Emit,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { method = "GET" } = request;
    if (hostsOf(request) > 1) {
      response.setHeader("connection", "close");
      sendText(response, 400, "The request has more than one Host header.");
    } else if (method === "TRACE") {
      response.setHeader("allow", METHODS.join(", "));
      sendText(response, 405, "TRACE is not allowed here.");
    } else if (!METHODS.includes(method)) {
      sendText(response, 501, `${method} is not known here.`);
    } else if (request.url === "/healthz") {
      const refusal = sessions.refusalOfNew();
      if (refusal === undefined) sendText(response, 200, "ok");
      else sendText(response, 503, refusal.close.reason);
    } else if (fetch === undefined) {
      sendText(response, 404, "There is no page here.");
    } else {
      const { remoteAddress: address = "" } = request.socket;
      const onError = (error: unknown): void => emit({ name: "connection-error", address, error });
      void answerByFetch(fetch, request, response, onError);
    }
  };
}

/** How many Host headers a request has: of two, nobody could say which one is meant (RFC 9112 §3.2). */
export function hostsOf(request: IncomingMessage): number {
  return request.headersDistinct.host?.length ?? 0;
}
