import { CLOSE_CODES } from "../protocol/close-codes.ts";

/** How a plain session ends whose connection broke: it cannot be resumed. */
export const LOST = { code: CLOSE_CODES["session-expired"].code, reason: "the connection was lost" } as const;
