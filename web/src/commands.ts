import type { ChatModel } from "./chat-model.ts";

const HELP =
  "/join ROOM, /leave, /nick NAME and /msg NICK TEXT do here what they do in a terminal. // says something with a slash.";

/** Does what a line that begins with a slash asks for; false when it is something to say, a path for example. */
export function runCommand(model: ChatModel, line: string): boolean {
  const [, name, rest = ""] = /^\/([\w-]+)(?:\s+(.*))?$/s.exec(line.trim()) ?? [];
  if (name === undefined) return false;
  const [, nick, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
  const command = name.toLowerCase();
  if (command === "join" && rest !== "") model.enterRoom(rest);
  else if (command === "leave") model.leave(model.current);
  else if (command === "nick" && rest !== "") model.rename(rest);
  else if (command === "msg" && nick !== undefined && text !== undefined) {
    model.talkTo(nick);
    void model.say(text);
  } else model.remark(HELP);
  return true;
}
