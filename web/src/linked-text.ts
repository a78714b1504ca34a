import { make } from "./element.ts";

const LINK = /\bhttps?:\/\/[^\s<>"]+/g;
/** What ends a sentence, or a bracket around the link, does not belong to it. */
const TRAILING = /[.,;:!?)\]}'"]+$/;

/** The text as nodes, with links that can be followed. */
export function linkedText(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const href = match[0].replace(TRAILING, "");
    nodes.push(
      text.slice(end, match.index),
      make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: href }),
    );
    end = match.index + href.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
