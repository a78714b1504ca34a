/** Resolves when what was sent to rooms in this turn of the event loop has left for those who are in them. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
