// Loaded first in every process of the tests (`--import`, which is handed on to each file's process).
//
// When nothing is left to do, leave at once. Node 24.21 tears its environment down first, and after tests that had many child
// processes spins there (`CleanupHandles`) for up to minutes. What a test left open is still noticed: then this is not reached.

process.on("exit", () => process.exit());
