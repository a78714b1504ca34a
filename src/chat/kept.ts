import { z } from "zod";

const kept = z.object({ nick: z.string(), speaks: z.enum(["text", "json"]), rooms: z.array(z.string()) });

/** What outlives the server of somebody in the chat, as their session's state. */
export type Kept = z.infer<typeof kept>;

/** What was kept of a session; `undefined` when it is new here. */
export function readKept(state: unknown): Kept | undefined {
  return kept.safeParse(state).data;
}
