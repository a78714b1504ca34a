/** The rooms that there are. */
export const ROOMS = ["cellar", "hall"] as const;

/** What is to be said in a room. */
export interface Saying {
  readonly room: string;
  readonly text: string;
}

/** What a handler says in rooms for message `n` of a client: the same whenever it handles it. */
export function sayingsFor(client: number, n: number): readonly Saying[] {
  const said = `${client} ${n}`;
  const sayings = [{ room: roomOf(client), text: said }];
  if (n % 3 === 0) sayings.push({ room: roomOf(client + 1), text: `${said} elsewhere` });
  if (n % 5 === 0) sayings.push({ room: roomOf(client), text: `${said} again ${"x".repeat((n * 37) % 900)}` });
  return sayings;
}

/** What it tells its client before the first message. */
export const GREETING = "say something";

/** What it asks its client before it answers message `n`, if anything. */
export function questionAt(n: number): string | undefined {
  return n % 11 === 0 ? `${n} already?` : undefined;
}

/** What it answers when so many messages were handled, that one included. */
export function answerTo(n: number, handled: number): string {
  return `${n}, which makes ${handled}`;
}

function roomOf(client: number): string {
  return ROOMS[client % ROOMS.length] as string;
}
