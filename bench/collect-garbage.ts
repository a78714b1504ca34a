// Loaded into servers that run on Node, before their own code: collects garbage when asked, so that memory can be
// measured that is in use, and ends with the bench.

process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.on("disconnect", () => process.exit());
