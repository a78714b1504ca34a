import { ChatModel } from "./chat-model.ts";
import { Composer } from "./composer.ts";
import { HeadView } from "./head-view.ts";
import { MessagesView } from "./messages-view.ts";
import { NickDialog } from "./nick-dialog.ts";
import { SideView } from "./side-view.ts";

let isDue = false;

/** Draws what has changed, once for everything that happens in one turn. */
function changed(): void {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    for (const view of views) view.show();
  });
}

const model = new ChatModel(changed);
const nickDialog = new NickDialog(model);
const composer = new Composer(model);
const views = [
  new HeadView(model),
  new SideView(model, () => nickDialog.open()),
  new MessagesView(model),
  composer,
  nickDialog,
];

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) model.show(model.current);
});

changed();
composer.focus();
await model.link.run();
