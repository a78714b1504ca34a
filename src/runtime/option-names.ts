/** The names of all options of this type: the compiler sees to it that none is missing, and none too many. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Refuses options that nobody would read: a misspelt name would leave the default in force without a word.
 *
 * `within` stands before the names in the error: `limits.` for limits. Throws `TypeError`.
 */
export function checkOptionNames(given: object = {}, known: object, within = ""): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    throw new TypeError(unknownOption(name, known, within));
  }
}

/** Says that there is no such option, and which was probably meant. */
export function unknownOption(name: string, known: object, within = ""): string {
  const nearest = nearestTo(name, Object.keys(known));
  return `unknown option ${within}${name}${nearest === undefined ? "" : `; did you mean ${within}${nearest}?`}`;
}

/** The name that was probably meant, if one is near enough: for three letters one may be wrong, but always two. */
function nearestTo(typed: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(2, typed.length / 3);
  for (const name of names) {
    const distance = distanceBetween(typed.toLowerCase(), name.toLowerCase());
    if (distance > least || (distance === least && nearest !== undefined)) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

/** Levenshtein's distance: letters to insert, to delete or to change. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
