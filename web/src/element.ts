/** The element with this id. The page's markup is ours: one that is missing is a mistake in it. */
export function byId<Name extends keyof HTMLElementTagNameMap>(id: string, name: Name): HTMLElementTagNameMap[Name] {
  const element = document.querySelector<HTMLElementTagNameMap[Name]>(`${name}#${id}`);
  if (element === null) throw new Error(`the page has no <${name} id="${id}">`);
  return element;
}

/** Makes an element. Text is set as text, never as HTML. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<Omit<HTMLElementTagNameMap[Name], "children">> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * Brings the children of `parent` in line with `items`, and keeps the elements whose key is the same: what is selected
 * or focused stays so, and screen readers read what is new.
 */
export function reconcile<Item>(
  parent: HTMLElement,
  items: readonly Item[],
  keyOf: (item: Item, index: number) => string,
  create: (item: Item, index: number) => HTMLElement,
): void {
  const old = new Map([...parent.children].map((child) => [(child as HTMLElement).dataset.key, child]));
  let next = parent.firstElementChild;
  for (const [index, item] of items.entries()) {
    const key = keyOf(item, index);
    const kept = old.get(key);
    old.delete(key);
    if (kept !== undefined && kept === next) {
      next = next.nextElementSibling;
      continue;
    }
    let child = kept;
    if (child === undefined) {
      const made = create(item, index);
      made.dataset.key = key;
      child = made;
    }
    parent.insertBefore(child, next);
  }
  for (const child of old.values()) child.remove();
}
