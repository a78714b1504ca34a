// Where a thread of handlers begins.

import { runThread } from "../handlers/thread.ts";
import { ROOM_ERRORS } from "./room-errors.ts";

await runThread(ROOM_ERRORS);
