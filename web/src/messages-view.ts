import type { ChatModel } from "./chat-model.ts";
import type { Conversation, Item } from "./conversation.ts";
import { byId, make, reconcile } from "./element.ts";
import { linkedText } from "./linked-text.ts";
import { clockTime, completeTime, dayName, isSameDay } from "./times.ts";

/** Messages of one author within this time share a head. */
const GROUP_MS = 5 * 60_000;
/** Who is this near to the end is reading it, and wants to see what comes. */
const NEAR_END_PX = 48;

interface Row {
  readonly item: Item;
  readonly startsDay: boolean;
  readonly hasHead: boolean;
}

/** The conversation in the middle. */
export class MessagesView {
  readonly #model: ChatModel;
  readonly #scroller = byId("scroller", "div");
  readonly #list = byId("messages", "ol");
  readonly #earlier = byId("earlier", "button");
  readonly #newer = byId("newer", "button");
  #shown: Conversation | undefined;
  #lastId = 0;
  #followsEnd = true;

  constructor(model: ChatModel) {
    this.#model = model;
    this.#earlier.onclick = () => model.loadEarlier();
    this.#newer.onclick = () => this.#toEnd();
    this.#scroller.onscroll = () => {
      this.#followsEnd = this.#fromEnd < NEAR_END_PX;
      if (this.#followsEnd) this.#newer.hidden = true;
    };
    // A keyboard that comes up, or a composer that grows, hides nothing.
    new ResizeObserver(() => {
      if (this.#followsEnd) this.#toEnd();
    }).observe(this.#scroller);
  }

  show(): void {
    const { current } = this.#model;
    if (current !== this.#shown) {
      this.#shown = current;
      this.#followsEnd = true;
      this.#list.replaceChildren();
    }
    const fromEnd = this.#fromEnd;
    this.#earlier.hidden = !current.hasEarlier;
    this.#list.classList.toggle("blank", current.isLoaded && current.items.length === 0);
    reconcile(this.#list, rowsOf(current), keyOf, (row) => this.#draw(row));
    const lastId = current.items.at(-1)?.id ?? 0;
    if (this.#followsEnd) this.#toEnd();
    else if (lastId <= this.#lastId)
      this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd - this.#scroller.clientHeight;
    else this.#newer.hidden = false;
    this.#lastId = lastId;
  }

  get #fromEnd(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #toEnd(): void {
    this.#newer.hidden = true;
    this.#followsEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #draw({ item, startsDay, hasHead }: Row): HTMLElement {
    const row = make("li", { className: `row ${item.kind} ${item.state}` });
    if (startsDay) row.append(make("div", { className: "day", textContent: dayName(item.at) }));
    if (hasHead)
      row.append(
        make("div", { className: "by" }, make("span", { className: "who", textContent: item.who }), timeOf(item)),
      );
    const text = item.kind === "event" ? [`${item.who} ${item.text}`] : wordsOf(item);
    const body = make("p", { className: "text", dir: "auto" }, ...text);
    row.append(body);
    if (!hasHead && item.kind !== "note") row.append(timeOf(item));
    if (item.state === "failed") row.append(this.#drawFailure(item));
    return row;
  }

  #drawFailure(item: Item): HTMLElement {
    const again = make("button", { className: "quiet", type: "button", textContent: "Try again" });
    again.onclick = () => this.#model.sayAgain(item);
    return make("p", { className: "problem" }, `Not sent: ${item.problem} `, again);
  }
}

function rowsOf({ items }: Conversation): Row[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const startsDay = before === undefined || !isSameDay(before.at, item.at);
    const continues = !startsDay && before.kind === "say" && before.who === item.who && item.at - before.at < GROUP_MS;
    return { item, startsDay, hasHead: item.kind === "say" && !continues };
  });
}

/** What people say has links in it; what they are called has not. */
function wordsOf({ kind, text }: Item): (Node | string)[] {
  return kind === "presence" ? [text] : linkedText(text);
}

function keyOf({ item, startsDay, hasHead }: Row): string {
  return `${item.id} ${item.state} ${startsDay} ${hasHead}`;
}

function timeOf({ at }: Item): HTMLElement {
  return make("time", { dateTime: new Date(at).toISOString(), title: completeTime(at), textContent: clockTime(at) });
}
