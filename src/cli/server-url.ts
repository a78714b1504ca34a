import { UsageError } from "./failure.ts";

/**
 * A server's URL as people write it: `example.org:8000` for `bowline://example.org:8000`, and a page's address. Throws
 * `UsageError`.
 */
export function readServerUrl(text: string): URL {
  const url = text.includes("://") ? text.replace(/^http/, "ws") : `bowline://${text}`;
  if (!/^(bowlines?|wss?|tcp|tls):\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      `"${text}" is not a server's URL, such as bowline://localhost:8000: that begins with ` +
        "bowline://, bowlines://, ws://, wss://, http://, https://, tcp:// or tls://",
    );
  }
  const read = new URL(url);
  // It is not repeated: somebody may be looking on.
  if (read.username !== "" || read.password !== "")
    throw new UsageError("a server's URL has no name or password in it");
  return read;
}
