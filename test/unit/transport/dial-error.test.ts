import assert from "node:assert/strict";
import { test } from "node:test";
import { explainDialFailure } from "../../../src/transport/dial-error.ts";

function explain(code: string, message = "what the system says"): string {
  return explainDialFailure("example.com", 8000, Object.assign(new Error(message), { code })).message;
}

test("failures are told in plain sentences", () => {
  assert.equal(explain("ECONNREFUSED"), "nothing listens on port 8000 of example.com");
  assert.equal(explain("ENOTFOUND"), "there is no host called example.com");
  assert.equal(explain("ETIMEDOUT"), "example.com does not answer");
  assert.equal(
    explain("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    "the certificate of example.com is not trusted: self-signed certificate",
  );
  for (const code of ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER"]) {
    assert.equal(explain(code), "port 8000 of example.com does not speak TLS that is understood here");
  }
});

test("what is unknown is told as the system says it", () => {
  assert.equal(explain("EODD"), "no connection to port 8000 of example.com: what the system says");
  assert.equal(explain("EODD", ""), "no connection to port 8000 of example.com: EODD");
});

test("the cause is kept", () => {
  const cause = new Error("why");
  assert.equal(explainDialFailure("example.com", 1, cause).cause, cause);
});
