import type { Tally } from "./closed-loop.ts";
import { greet } from "./closed-loop.ts";
import type { Wire } from "./load-client.ts";
import type { Target } from "./target.ts";

/** For so long, `atOnce` clients in parallel connect, say a message, hear its answer and leave, again and again. */
export async function comeAndGo(wire: Wire, target: Target, atOnce: number, forMs: number): Promise<Tally> {
  const start = performance.now();
  let visits = 0;
  const visit = async (): Promise<void> => {
    do {
      const client = await wire.open(target);
      await greet([client]);
      await client.leave();
      visits += 1;
    } while (performance.now() - start < forMs);
  };
  await Promise.all(Array.from({ length: atOnce }, visit));
  return { messages: visits, elapsedMs: performance.now() - start };
}
