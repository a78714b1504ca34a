import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AddressCounts, normalizeAddress, TrustedProxies } from "../../../src/server/addresses.ts";

test("an IPv4 address that came over an IPv6 socket is an IPv4 address", () => {
  assert.equal(normalizeAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(normalizeAddress("192.0.2.1"), "192.0.2.1");
  assert.equal(normalizeAddress("2001:db8::1"), "2001:db8::1");
  assert.equal(normalizeAddress("::ffff:1"), "::ffff:1");
});

test("connections are counted by address; loopback is not counted", () => {
  const counts = new AddressCounts();
  assert.deepEqual([counts.add("192.0.2.1"), counts.add("192.0.2.1"), counts.add("192.0.2.2")], [1, 2, 1]);
  counts.remove("192.0.2.1");
  assert.equal(counts.add("192.0.2.1"), 2);
  for (const loopback of ["127.0.0.1", "127.9.9.9", "::1"]) {
    assert.deepEqual([counts.add(loopback), counts.add(loopback)], [0, 0]);
    counts.remove(loopback);
  }
  counts.remove("192.0.2.9");
  assert.equal(counts.add("192.0.2.9"), 1);
});

describe("trusted proxies", () => {
  const proxies = new TrustedProxies(["10.0.0.7", "192.168.0.0/16", "fd00::/8"]);

  test("are addresses and networks", () => {
    for (const proxy of ["10.0.0.7", "192.168.4.5", "fd12::1"]) assert.ok(proxies.has(proxy), proxy);
    for (const other of ["10.0.0.8", "192.169.0.1", "2001:db8::1", "", "localhost"])
      assert.ok(!proxies.has(other), other);
  });

  test("are believed, from the last one on, for as long as the speaker is one", () => {
    const client = (header: string | undefined, from = "10.0.0.7") => proxies.clientOf(from, header);
    assert.equal(client("203.0.113.1"), "203.0.113.1");
    assert.equal(client("203.0.113.1, 192.168.1.1"), "203.0.113.1");
    assert.equal(client("6.6.6.6, 203.0.113.1"), "203.0.113.1", "what the client itself wrote counts for nothing");
    assert.equal(client("203.0.113.1", "203.0.113.9"), "203.0.113.9", "whoever is no proxy is not asked");
    assert.equal(client(undefined), "10.0.0.7");
    assert.equal(client("unknown"), "10.0.0.7");
    assert.equal(client("::ffff:203.0.113.1"), "203.0.113.1");
  });

  test("nobody is believed by default", () => {
    assert.equal(new TrustedProxies([]).clientOf("127.0.0.1", "203.0.113.1"), "127.0.0.1");
  });

  test("what is neither an address nor a network is refused", () => {
    for (const wrong of ["localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "fd00::/129", ""]) {
      assert.throws(() => new TrustedProxies([wrong]), TypeError, wrong);
    }
  });
});
