// A page and its sessions on one port. Run it from the repository's root and open http://localhost:8000/.
import { readFile } from "node:fs/promises";
import { serve } from "bowline";

/** The client for pages is one ES module, which the page imports as it is. */
const client = new URL("../browser/client.js", import.meta.resolve("bowline"));

const server = await serve({ port: Number(process.argv[2] ?? 8000), fetch: servePage }, async (session) => {
  const lobby = await session.join("lobby", { last: 20 });
  for await (const message of session) await lobby.send(message.text());
});
console.log(`listening on port ${server.address.port}`);

async function servePage(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/") return file("examples/browser/index.html", "text/html");
  if (pathname === "/bowline/client.js") return file(client, "text/javascript");
  return new Response("not found", { status: 404 });
}

async function file(path: string | URL, type: string): Promise<Response> {
  return new Response(await readFile(path), { headers: { "content-type": `${type}; charset=utf-8` } });
}
