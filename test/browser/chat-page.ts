import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { pathOf } from "../programs/missing.ts";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with people who have the chat's page open, each with a profile of their own. */
export class ChatBrowser implements AsyncDisposable {
  /** What pages complained about: errors, and what their policy has kept from happening. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<ChatBrowser> {
    const executablePath = pathOf("chromium") ?? "";
    return new ChatBrowser(await chromium.launch({ executablePath, args: ARGUMENTS }));
  }

  /** Opens the page; with a nick also answers the question for it. */
  async visit(port: number, nick: string, viewport = { width: 1_280, height: 800 }): Promise<ChatPage> {
    const context = await this.#browser.newContext({ viewport });
    const visit = new ChatPage(context, await context.newPage());
    this.#watch(visit.page);
    await visit.page.goto(`http://localhost:${port}/`);
    if (nick !== "") await visit.callMe(nick);
    return visit;
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("dialog", (dialog) => this.complaints.push(`a dialog: ${dialog.message()}`));
    page.on("console", (message) => {
      // That a line cannot be had, while there is none, is no fault of the page.
      const isLost = /WebSocket connection to .* failed|net::ERR_/.test(message.text());
      if (message.type() === "error" && !isLost) this.complaints.push(message.text());
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#browser.close();
  }
}

/** The page, as somebody uses it. */
export class ChatPage {
  readonly context: BrowserContext;
  readonly page: Page;

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  /** Answers the question of the first visit. */
  async callMe(nick: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "What should people call you?" }).fill(nick);
    await this.page.getByRole("button", { name: "That’s me" }).click();
    await this.page.locator("#my-nick", { hasText: nick }).waitFor({ state: "attached" });
  }

  async say(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.getByLabel("Message", { exact: true }).press("Enter");
  }

  /** Waits until this was said, and has arrived. */
  async read(text: string): Promise<void> {
    await this.page.locator(".say.sent .text", { hasText: text }).waitFor();
  }

  /** Everything that was said in the conversation that is open. */
  said(): Promise<string[]> {
    return this.page.locator(".say .text").allTextContents();
  }

  /** Waits until the list has these people, and nobody else. */
  async see(...people: readonly string[]): Promise<void> {
    const list = this.page.locator("#people .place > span:first-child");
    for (const person of people) await list.getByText(person, { exact: true }).waitFor({ state: "attached" });
    await this.page.locator("#people-title", { hasText: `Here: ${people.length}` }).waitFor({ state: "attached" });
  }
}
