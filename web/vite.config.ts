import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const compiled = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // The page stands outside the package, and comes in by its doors as everybody does.
  resolve: {
    alias: {
      "bowline/client": compiled("browser/client.js"),
      "bowline/chat/messages": compiled("src/chat/messages.js"),
      "bowline/messages": compiled("src/messages/index.js"),
    },
  },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // The page's policy allows no inline scripts and no `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
