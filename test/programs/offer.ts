/** What a process offers to the one that started it. Values cross by structured clone. */
export type Functions = { readonly [name: string]: (...args: never[]) => unknown };

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Outcome = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: Error };

/** In a process that a `Child` has started: offers these functions to it, for as long as it lives. */
export function offer(functions: Functions): void {
  process.on("message", ({ id, name, args }: Call) => void answer(id, functions[name], args));
  process.on("disconnect", () => process.exit());
  send({ id: 0, value: undefined });
}

async function answer(id: number, called: Functions[string] | undefined, args: readonly unknown[]): Promise<void> {
  try {
    send({ id, value: await called?.(...(args as never[])) });
  } catch (error) {
    send({ id, error: error as Error });
  }
}

function send(outcome: Outcome): void {
  process.send?.(outcome);
}
