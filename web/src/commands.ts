import type { ChatModel } from "./chat-model.ts";

const HELP =
  "/join ROOM, /leave, /who, /who ROOM, /rooms, /nick NAME, /msg NICK TEXT and /search WORDS do here what they do in a terminal. " +
  "Two slashes say something that begins with one.";

/** Does it; false when something is missing. */
type Command = (model: ChatModel, rest: string) => boolean;

const COMMANDS: { readonly [name: string]: { readonly usage: string; readonly run: Command } } = {
  join: { usage: "/join ROOM", run: given((model, room) => model.enterRoom(room)) },
  leave: { usage: "/leave", run: always((model) => model.leave(model.current)) },
  who: { usage: "/who ROOM", run: (model, rest) => who(model, rest) },
  rooms: { usage: "/rooms", run: always((model) => void model.tellRooms()) },
  nick: { usage: "/nick NAME", run: given((model, nick) => model.rename(nick)) },
  msg: { usage: "/msg NICK TEXT", run: msg },
  search: { usage: "/search WORDS", run: search },
  help: { usage: "/help", run: always((model) => model.remark(HELP)) },
  bye: { usage: "/bye", run: always((model) => model.remark("To leave the chat, close this page.")) },
};

/** Does what a line that begins with a slash asks for; false when it is something to say, a path for example. */
export function runCommand(model: ChatModel, line: string): boolean {
  const [, name, rest = ""] = /^\/([\w-]+)(?:\s+(.*))?$/s.exec(line.trim()) ?? [];
  if (name === undefined) return false;
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  if (command === undefined) model.remark(`unknown command /${name}; /help lists the commands`);
  else if (!command.run(model, rest)) model.remark(`it goes like this: ${command.usage}`);
  return true;
}

function always(run: (model: ChatModel) => void): Command {
  return (model) => {
    run(model);
    return true;
  };
}

function given(run: (model: ChatModel, argument: string) => void): Command {
  return (model, rest) => {
    if (rest === "") return false;
    run(model, rest);
    return true;
  };
}

function who(model: ChatModel, rest: string): boolean {
  const { kind, name } = model.current;
  if (rest === "" && kind === "direct") return false;
  void model.tellPeople(rest || name);
  return true;
}

function search(model: ChatModel, words: string): boolean {
  const { kind, name } = model.current;
  if (words === "" || kind === "direct") return false;
  void model.tellFound(name, words);
  return true;
}

function msg(model: ChatModel, rest: string): boolean {
  const [, nick, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
  if (nick === undefined || text === undefined) return false;
  model.talkTo(nick);
  void model.say(text);
  return true;
}
