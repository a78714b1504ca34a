import { BlockList, isIPv4, isIPv6 } from "node:net";

const MAPPED_IPV4 = "::ffff:";

/** An address as it is shown and counted: an IPv4 address that came over an IPv6 socket is an IPv4 address. */
export function normalizeAddress(address: string): string {
  const isMapped = address.startsWith(MAPPED_IPV4) && address.includes(".");
  return isMapped ? address.slice(MAPPED_IPV4.length) : address;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** How many connections each address has. Loopback is not counted. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more connection from `address`; returns how many it has now. */
  add(address: string): number {
    if (isLoopback(address)) return 0;
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count;
  }

  remove(address: string): void {
    const count = this.#counts.get(address);
    if (count === undefined) return;
    if (count === 1) this.#counts.delete(address);
    else this.#counts.set(address, count - 1);
  }
}

/** The proxies whose word on who connects to them is taken. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** Addresses (`10.0.0.7`) or networks (`10.0.0.0/8`, `fd00::/8`); throws `TypeError` for what is neither. */
  constructor(proxies: readonly string[]) {
    this.#isEmpty = proxies.length === 0;
    for (const proxy of proxies) this.#add(proxy);
  }

  #add(proxy: string): void {
    const [address = "", prefix] = proxy.split("/");
    const family = familyOf(address);
    const bits = Number(prefix ?? Number.NaN);
    if (family === undefined || (prefix !== undefined && !(bits >= 0 && bits <= (family === "ipv4" ? 32 : 128)))) {
      throw new TypeError(`trustedProxies: ${JSON.stringify(proxy)} is no IP address and no network`);
    }
    if (prefix === undefined) this.#list.addAddress(address, family);
    else this.#list.addSubnet(address, bits, family);
  }

  has(address: string): boolean {
    const family = this.#isEmpty ? undefined : familyOf(address);
    return family !== undefined && this.#list.check(address, family);
  }

  /**
   * Who is behind a connection from `address` with this `X-Forwarded-For` header.
   *
   * Each proxy appends whom it heard, so the list is read from its end, for as long as the speaker is trusted.
   */
  clientOf(address: string, forwardedFor: string | undefined): string {
    let client = address;
    const named = forwardedFor?.split(",") ?? [];
    while (named.length > 0 && this.has(client)) {
      const next = normalizeAddress((named.pop() as string).trim());
      if (familyOf(next) === undefined) break;
      client = next;
    }
    return client;
  }
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  if (isIPv4(address)) return "ipv4";
  return isIPv6(address) ? "ipv6" : undefined;
}
