/** Something that came, of which nobody has said that it is JSON. */
interface Content {
  readonly isText: boolean;
  json(): unknown;
}

/** What it says as JSON; `undefined` when it is none. */
export function jsonIn(content: Content): unknown {
  if (!content.isText) return undefined;
  try {
    return content.json();
  } catch {
    return undefined;
  }
}

/** One object of both, in which `head` stands first, and stands, even where what was received is passed on. */
export function besides<Head extends object>(head: Head, data: object | undefined): Head {
  return { ...head, ...data, ...head };
}
