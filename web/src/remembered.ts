const NICK = "bowline.nick";
const ROOMS = "bowline.rooms";

/** What the page knows of its last visit. In a browser that keeps nothing, every visit is the first. */
export class Remembered {
  get nick(): string {
    return read(NICK) ?? "";
  }

  set nick(nick: string) {
    write(NICK, nick);
  }

  /** The rooms one is in, the one in view first. */
  get rooms(): readonly string[] {
    return (read(ROOMS) ?? "").split(" ").filter((room) => room !== "");
  }

  set rooms(rooms: readonly string[]) {
    write(ROOMS, rooms.join(" "));
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full, or forbidden: nothing is remembered.
  }
}
