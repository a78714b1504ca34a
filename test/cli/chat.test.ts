import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { certificate, privateKey } from "../certificate.ts";
import { bowline, run, start } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder(after);

test("a port that is taken, a file that is missing: one sentence, exit code 1, no stack", async () => {
  await using other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const noPem = join(folder, "no.pem");
  writeFileSync(noPem, "nothing of the kind");
  const nowhere = join(folder, "nowhere.pem");
  const cases: [string[], RegExp][] = [
    [["--port", String(port)], /^bowline: port \d+ on 127\.0\.0\.1 is taken: .*\n$/],
    [["--host", "203.0.113.1"], /^bowline: 203\.0\.113\.1 is not an address of this machine: .*\n$/],
    [
      ["--tls-cert", nowhere, "--tls-key", nowhere],
      /^bowline: the certificate .* cannot be read: there is no such file\n$/,
    ],
    [["--tls-cert", folder, "--tls-key", nowhere], /^bowline: the certificate .* cannot be read: it is a folder\n$/],
    [["--tls-cert", noPem, "--tls-key", noPem], /^bowline: .* are not a certificate in PEM and the key .*\n$/],
  ];
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await run(["chat", ...args]);
    assert.deepEqual([code, stdout], [1, ""], args.join(" "));
    assert.match(stderr, sentence);
  }
});

test("with a certificate the same port speaks TLS, too", async () => {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, certificate);
  writeFileSync(key, privateKey);
  const { server, port } = await start(["chat", "--tls-cert", cert, "--tls-key", key]);
  await using _ = server;
  const trusting = { NODE_EXTRA_CA_CERTS: cert };
  for (const scheme of ["bowlines", "wss", "tls", "bowline", "tcp"]) {
    const url = `${scheme}://localhost:${port}`;
    const { code, stdout } = await run(["connect", url], { input: "hello\n", environment: trusting });
    assert.equal(code, 0, scheme);
    assert.match(stdout, /\] guest-\d: hello\n/);
  }
  const { code, stderr } = await run(["connect", `bowlines://localhost:${port}`]);
  assert.equal(code, 1);
  assert.match(stderr, /^bowline: cannot connect to .*: the certificate of localhost is not trusted: .*\n$/);
});

test("the log is JSON on standard error, with a line for the end of each session", async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  const { code } = await run(["connect", `tcp://127.0.0.1:${port}`], { input: "hello\nbye\n" });
  assert.equal(code, 0);
  server.kill("SIGTERM");
  assert.equal(await server.exited(), 0);
  const lines = server.stderr.trimEnd().split("\n");
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  assert.deepEqual(
    messages.filter((message) => message !== "stopped"),
    ["listening", "session opened", "session closed: normal", "stopping; once more forces it"],
  );
});

test("one signal drains: who is connected is told to come back; a second one forces", async () => {
  const handler = join(folder, "stubborn.mjs");
  writeFileSync(handler, "export default () => new Promise(() => {});");
  const { server, port } = await start(["serve", handler]);
  await using _ = server;
  await using client = bowline(["connect", `127.0.0.1:${port}`, "--trace"]);
  await server.expectError(/session opened/);
  server.kill("SIGINT");
  await client.expectError(/detached/);
  server.kill("SIGINT");
  assert.equal(await server.exited(), 1);
  assert.match(server.stderr, /"msg":"forced to stop"/);
});
