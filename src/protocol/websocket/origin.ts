const ORIGIN = /^(https?):\/\/([^/]+)$/;
const DEFAULT_PORT = { http: ":80", https: ":443" } as const;

/**
 * Whether a page of `origin` may open a WebSocket to us (RFC 6455 §10.2).
 *
 * Browsers let any page open a WebSocket to any server and say only whose page it is; without this check, a page of
 * someone else's could speak with the user's cookies. Allowed are:
 *
 * - no origin at all: not a browser, which could claim what it likes anyway;
 * - the origin that the `Host` header names, whatever its scheme (a proxy may have ended TLS);
 * - what `allowList` holds: whole origins (`https://example.com`, `null` for local files), or `*` for every page.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowList: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const given = origin.toLowerCase();
  if (allowList.some((allowed) => allowed === "*" || normalize(allowed) === normalize(given))) return true;
  const [, scheme, authority] = ORIGIN.exec(given) ?? [];
  if (scheme === undefined || authority === undefined || host === undefined) return false;
  return withoutDefaultPort(scheme, authority) === withoutDefaultPort(scheme, host.toLowerCase());
}

function normalize(origin: string): string {
  const lower = origin.toLowerCase().replace(/\/$/, "");
  const [, scheme, authority] = ORIGIN.exec(lower) ?? [];
  return scheme === undefined || authority === undefined
    ? lower
    : `${scheme}://${withoutDefaultPort(scheme, authority)}`;
}

function withoutDefaultPort(scheme: string, authority: string): string {
  const port = scheme === "http" ? DEFAULT_PORT.http : DEFAULT_PORT.https;
  return authority.endsWith(port) ? authority.slice(0, -port.length) : authority;
}
