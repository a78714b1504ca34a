/** The words of a text, for searching: letters and digits, whatever their case and accents. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether a text has all these words; of the last one, the beginning is enough. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const has = wordsOf(text);
  const last = words.at(-1);
  if (last === undefined || !has.some((word) => word.startsWith(last))) return false;
  return words.slice(0, -1).every((word) => has.includes(word));
}
