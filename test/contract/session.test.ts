import { sessionSuite } from "./session-suite.ts";

sessionSuite("in the main thread", { threads: 0 });
sessionSuite("in two threads", { threads: 2 });
sessionSuite("in a thread of its own", { sessionsPerThread: 1 });
