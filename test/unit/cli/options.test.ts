import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../src/cli/failure.ts";
import { readOptions, readPort, variableOf } from "../../../src/cli/options.ts";

const OPTIONS = {
  "tls-cert": { value: "FILE", summary: "" },
  port: { value: "PORT", summary: "" },
  trace: { summary: "" },
};

test("an option comes from the command line, else from the environment, else from nowhere", () => {
  const environment = { BOWLINE_TLS_CERT: "a.pem", BOWLINE_PORT: "7000", BOWLINE_TRACE: "yes" };
  const { values, positionals } = readOptions(OPTIONS, ["--port=8000", "url"], environment);
  assert.deepEqual(values, { "tls-cert": "a.pem", port: "8000", trace: true });
  assert.deepEqual(positionals, ["url"]);
  assert.deepEqual(readOptions(OPTIONS, [], { BOWLINE_TRACE: "0", BOWLINE_PORT: "" }).values, {
    "tls-cert": undefined,
    port: undefined,
    trace: undefined,
  });
  assert.equal(variableOf("tls-cert"), "BOWLINE_TLS_CERT");
});

test("what is no option, has no value, or is no switch, is wrong usage", () => {
  for (const args of [["--prot", "1"], ["--port"], ["--trace=1"], ["-x"]]) {
    assert.throws(() => readOptions(OPTIONS, args, {}), UsageError, args.join(" "));
  }
  assert.throws(() => readOptions(OPTIONS, [], { BOWLINE_TRACE: "maybe" }), UsageError);
});

test("ports are whole numbers up to 65535", () => {
  assert.equal(readPort("0"), 0);
  assert.equal(readPort("65535"), 65_535);
  for (const text of ["65536", "-1", "1e3", "80.0", "", " 80", "http"])
    assert.throws(() => readPort(text), UsageError, text);
});
