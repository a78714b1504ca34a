import { RefusedError } from "./refused-error.ts";

/** What a typed line asks for: a request, still to be checked, or `help`, `bye` or `blank`, which only people say. */
export interface Typed {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The one line that `/help` shows. */
export const HELP =
  "* type to talk; /nick NAME, /join ROOM, /leave, /who, /rooms, /msg NICK TEXT, /search WORDS, /help; bye leaves the chat";

/** So many of what was found are shown. */
const FOUND = 20;

type Command = (rest: string, room: string | undefined) => Typed;

const COMMANDS: { readonly [name: string]: Command } = {
  nick: (rest) => ({ type: "nick", nick: given(rest, "/nick NAME") }),
  join: (rest) => ({ type: "join", room: roomName(given(rest, "/join ROOM")) }),
  leave: (rest, room) => ({ type: "leave", room: roomName(rest) || here(room) }),
  who: (rest, room) => ({ type: "who", room: roomName(rest) || here(room) }),
  rooms: () => ({ type: "rooms" }),
  msg: (rest) => {
    const [, to, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
    return { type: "direct", to: given(to, "/msg NICK TEXT"), text };
  },
  search: (rest, room) => ({ type: "search", room: here(room), words: given(rest, "/search WORDS"), limit: FOUND }),
  help: () => ({ type: "help" }),
  bye: () => ({ type: "bye" }),
};

/** Reads a line that a person typed, being in `room`. Throws `RefusedError` for a command that cannot be understood. */
export function readTyped(line: string, room: string | undefined): Typed {
  const text = line.trim();
  if (text === "") return { type: "blank" };
  if (text.toLowerCase() === "bye") return { type: "bye" };
  const [, name, rest = ""] = /^\/([\w-]+)(?:\s+(.*))?$/s.exec(text) ?? [];
  if (name === undefined) {
    // Two slashes say something that begins with one; a path (/usr/bin) needs no such care.
    return { type: "say", room: here(room), text: text.startsWith("//") ? text.slice(1) : line.trimEnd() };
  }
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  if (command === undefined) throw new RefusedError("malformed", `unknown command /${name}; /help lists the commands`);
  return command(rest, room);
}

function given(argument: string | undefined, usage: string): string {
  if (!argument) throw new RefusedError("malformed", `it goes like this: ${usage}`);
  return argument;
}

function here(room: string | undefined): string {
  if (room === undefined) throw new RefusedError("not-here", "you are in no room; /join ROOM enters one");
  return room;
}

/** People write rooms with the sign in front that other chats use. */
function roomName(text: string): string {
  return text.replace(/^#/, "");
}
