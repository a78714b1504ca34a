import type { ChatModel } from "./chat-model.ts";
import { byId } from "./element.ts";

/** Asks people what they are called: on their first visit, when a name is taken, and whenever they like. */
export class NickDialog {
  readonly #model: ChatModel;
  readonly #dialog = byId("nick-dialog", "dialog");
  readonly #nick = byId("nick", "input");

  constructor(model: ChatModel) {
    this.#model = model;
    byId("nick-form", "form").onsubmit = (event) => {
      event.preventDefault();
      model.rename(this.#nick.value.trim());
    };
    byId("nick-cancel", "button").onclick = () => this.#dialog.close();
    // Escape closes it, too.
    this.#dialog.onclose = () => model.keepNick();
  }

  open(): void {
    this.#model.asksForNick = true;
    this.show();
  }

  show(): void {
    const { asksForNick, nick, nickProblem } = this.#model;
    if (asksForNick && nick !== "" && !this.#dialog.open) {
      this.#nick.value = nick.startsWith("guest-") ? "" : nick;
      this.#nick.placeholder = nick;
      this.#dialog.showModal();
    }
    if (!asksForNick && this.#dialog.open) this.#dialog.close();
    byId("nick-problem", "p").textContent = nickProblem;
    this.#nick.ariaInvalid = String(nickProblem !== "");
  }
}
