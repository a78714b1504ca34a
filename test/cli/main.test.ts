import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./bowline.ts";

test("the overview names every command, and each has its own page", async () => {
  const { code, stdout, stderr } = await run(["--help"]);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const command of ["chat", "serve", "connect"]) {
    assert.match(stdout, new RegExp(`bowline ${command}`));
    const page = await run([command, "--help"]);
    assert.equal(page.code, 0);
    assert.match(page.stdout, new RegExp(`bowline ${command} .*\\[options\\]`));
    assert.match(page.stdout, /\(BOWLINE_/);
  }
});

test("the version is the package's", async () => {
  const { code, stdout } = await run(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("wrong usage exits with 2, says what is wrong and where to read on", async () => {
  const cases: [string[], RegExp][] = [
    [[], /what should it do\?\nSee: bowline --help/],
    [["dance"], /there is no command dance\nSee: bowline --help/],
    [["chat", "--porridge"], /unknown option --porridge\nSee: bowline chat --help/],
    [["chat", "--prot", "8000"], /unknown option --prot; did you mean --port\?\nSee: bowline chat --help/],
    [["chat", "--port", "99999"], /99999 is not a port/],
    [["chat", "--port", "http"], /http is not a port/],
    [["chat", "lobby"], /"lobby"/],
    [["chat", "--tls-cert", "cert.pem"], /--tls-cert and --tls-key/],
    [["serve"], /serve needs the module/],
    [["serve", "a.js", "b.js"], /"b.js" is a second one/],
    [["connect", "a:1", "b:2"], /"b:2" is a second one/],
    [["connect", "gopher://localhost"], /"gopher:.*" is not a server's URL/],
    [["connect", "ann:secret@localhost"], /^bowline: a server's URL has no name or password in it$/m],
    [["connect", "ws://"], /"ws:\/\/" is not a server's URL/],
  ];
  const runs = cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
  await Promise.all(runs);
});

test("the environment stands for options, and options come before it", async () => {
  const wrong = await run(["chat"], { environment: { BOWLINE_PORT: "seven" } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /seven is not a port/);
  const flag = await run(["connect"], { environment: { BOWLINE_TRACE: "perhaps" } });
  assert.match(flag.stderr, /BOWLINE_TRACE is perhaps, and should be 1 or 0/);
  const option = await run(["chat", "--port", "eight"], { environment: { BOWLINE_PORT: "7000" } });
  assert.match(option.stderr, /eight is not a port/);
});
