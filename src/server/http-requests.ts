import type { IncomingMessage, ServerResponse } from "node:http";
import type { Emit } from "../runtime/ports.ts";
import { answerByFetch, type Fetch, sendText } from "./pages.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** Answers what is asked by HTTP: the server's health itself, everything else by the user's `fetch`. */
export function httpRequestListener(
  fetch: Fetch | undefined,
  sessions: SessionRegistry,
  emit: Emit,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.url === "/healthz") {
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
