import type { ChatModel } from "./chat-model.ts";
import { runCommand } from "./commands.ts";
import type { Conversation } from "./conversation.ts";
import { byId } from "./element.ts";

/** Where one writes. It keeps what was begun in each conversation. */
export class Composer {
  readonly #model: ChatModel;
  readonly #text = byId("text", "textarea");
  #shown: Conversation | undefined;

  constructor(model: ChatModel) {
    this.#model = model;
    byId("composer", "form").onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    this.#text.onkeydown = (event) => {
      // While an input method composes, Enter is its own.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    };
    this.#text.oninput = () => {
      model.current.draft = this.#text.value;
      this.#fit();
    };
  }

  show(): void {
    const { current } = this.#model;
    if (current === this.#shown) return;
    this.#shown = current;
    this.#text.value = current.draft;
    this.#text.placeholder = current.kind === "room" ? `Say something in ${current.name}` : `To ${current.name} alone`;
    this.#fit();
  }

  focus(): void {
    this.#text.focus();
  }

  #send(): void {
    const text = this.#text.value.trimEnd();
    if (text.trim() === "") return;
    this.#text.value = "";
    this.#model.current.draft = "";
    this.#fit();
    if (!runCommand(this.#model, text)) void this.#model.say(text.replace(/^\/\//, "/"));
  }

  /** As high as what is in it; the style sheet has the limit. */
  #fit(): void {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
