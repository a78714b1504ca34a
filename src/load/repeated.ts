const memory = new Map<Uint8Array, Map<number, Buffer>>();

/** The same bytes so many times over, made once. */
export function repeated(bytes: Uint8Array, times: number): Buffer {
  const known = memory.get(bytes) ?? new Map<number, Buffer>();
  memory.set(bytes, known);
  const made = known.get(times) ?? Buffer.concat(Array.from({ length: times }, () => bytes));
  known.set(times, made);
  return made;
}
