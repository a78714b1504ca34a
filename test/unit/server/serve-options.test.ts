import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServeOptions, serve } from "../../../src/index.ts";
import { certificate, privateKey } from "../../certificate.ts";

/** What a configuration may hold by mistake, and what its owner is told. */
const MISTAKES: readonly (readonly [options: object, told: RegExp])[] = [
  [{ prot: 8_000 }, /unknown option prot; did you mean port\?/],
  [{ only: "tsl" }, /only is "lines" or "tls", and not 'tsl'/],
  [{ only: "tls" }, /needs a certificate/],
  [{ tls: {} }, /tls needs both, `key` and `cert`/],
  [{ tls: { key: privateKey } }, /tls needs both/],
  [{ tls: { cert: certificate } }, /tls needs both/],
  [{ signingKey: "too short, and a text" }, /signingKey must have at least 32 bytes, in a Uint8Array/],
  [{ signingKey: "a text that is longer than thirty-two bytes" }, /in a Uint8Array/],
  [{ signingKey: new Uint8Array(31) }, /at least 32 bytes/],
  [{ origins: "https://example.com" }, /origins is an array/],
  [{ authenticate: "secret" }, /authenticate is a function/],
  [{ greetAfterMs: 100 }, /greetAfterMs needs only: "lines"/],
  [{ durable: true }, /durable sessions need a broker/],
];

for (const [options, told] of MISTAKES) {
  test(`serve is not begun with ${Object.keys(options)}: ${told.source}`, async () => {
    const begun = serve({ port: 0, ...options } as ServeOptions, () => {});
    await assert.rejects(
      begun.then((server) => server.close()),
      told,
    );
  });
}
