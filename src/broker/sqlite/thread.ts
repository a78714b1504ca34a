// The thread that owns the file. It waits for the disk, and nobody else does.

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { brokerError } from "./faults.ts";
import type { Greeting, StoreOptions, Turn } from "./requests.ts";
import { Store } from "./store.ts";

/** When what can be done later is done: after so long, and after so many times as long as the step before took. */
const TIDY_AFTER_MS = 50;
const TIDY_PAUSE = 9;
const RETRY_AFTER_MS = 5_000;

const port = parentPort as NonNullable<typeof parentPort>;
const options = workerData as StoreOptions;

try {
  const folder = await openDataFolder(options.folder);
  const store = new Store(folder, options);
  greet({ value: { signingKey: folder.identity.signingKey } });
  work(store, folder);
} catch (error) {
  greet({ fault: brokerError(error, options.folder).message });
}

function greet(greeting: Greeting): void {
  port.postMessage(greeting);
}

function work(store: Store, folder: DataFolder): void {
  let timer: NodeJS.Timeout | undefined;

  const tidy = (): void => {
    timer = undefined;
    const from = performance.now();
    try {
      store.tidy();
      tidyLater(TIDY_PAUSE * (performance.now() - from));
    } catch {
      // Whoever sends hears of what is wrong.
      tidyLater(RETRY_AFTER_MS);
    }
  };

  const tidyLater = (waitMs: number): void => {
    if (timer === undefined && !store.isTidy) timer = setTimeout(tidy, waitMs);
  };

  port.on("message", (first: Turn) => {
    const turns = [first];
    // Whatever came while the disk was busy goes into one transaction.
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      turns.push(next.message);
    }
    port.postMessage(store.perform(turns));
    if (turns.some(({ isLast }) => isLast)) {
      clearTimeout(timer);
      folder.close();
      port.close();
    } else {
      tidyLater(TIDY_AFTER_MS);
    }
  });
}
