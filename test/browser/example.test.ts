import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { launchChromium } from "./page-client.ts";

const example = join(import.meta.dirname, "..", "..", "examples", "browser", "server.js");

test("examples/browser: two people read each other's messages in their pages", {
  skip: missing("chromium"),
}, async () => {
  await using server = new Program(process.execPath, [example, "0"]);
  const [port] = await server.expect(/listening on port (\d+)\n/);
  const browser = await launchChromium();
  try {
    const [ann, bob] = await Promise.all([browser.newPage(), browser.newPage()]);
    const errors: string[] = [];
    for (const page of [ann, bob]) {
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(`http://localhost:${port}/`);
      await page.getByText("open", { exact: true }).waitFor();
    }
    await ann.getByLabel("Message").fill("hello <b>bob</b>");
    await ann.getByRole("button", { name: "Send" }).click();
    await bob.getByText("hello <b>bob</b>", { exact: true }).waitFor();
    await bob.getByLabel("Message").fill("hello ann");
    await bob.getByLabel("Message").press("Enter");
    await ann.getByText("hello ann", { exact: true }).waitFor();
    assert.deepEqual(await ann.locator("li").allTextContents(), ["hello <b>bob</b>", "hello ann"]);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});
