import { h } from "./dom.js";
import { icon } from "./icons.js";

let close = () => {};

/** Close whatever menu is open. */
export const closeMenu = () => close();

/** Place a floating `box` beside `anchor` so that it stays within the window. */
export function place(box, anchor, { isBeside = false } = {}) {
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const below = at.bottom + 4;
  const isAbove = below + size.height > innerHeight - 8 && at.top - 4 - size.height > 8;
  const left = isBeside ? at.right - size.width : at.left;
  const top = isAbove ? at.top - 4 - size.height : Math.min(below, innerHeight - 8 - size.height);
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`;
  box.style.top = `${Math.max(8, top)}px`;
}

/** Show `box` over the page until it is closed by Escape, a press elsewhere or `closeMenu`. */
export function float(box, anchor, { isBeside = false, onclose = () => {} } = {}) {
  close();
  document.body.append(box);
  place(box, anchor, { isBeside });
  anchor.setAttribute("aria-expanded", "true");
  const outside = (event) => { if (!box.contains(event.target) && !anchor.contains(event.target)) close(); };
  const moved = () => close();  // the anchor stands elsewhere now
  close = () => {
    close = () => {};
    document.removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", moved);
    anchor.setAttribute("aria-expanded", "false");
    const hadFocus = box.contains(document.activeElement);
    box.remove();
    if (hadFocus) anchor.focus({ preventScroll: true });
    onclose();
  };
  document.addEventListener("pointerdown", outside, true);
  addEventListener("resize", moved);
  return close;
}

/** A menu of actions: `entries` are `{label, icon, run, isDanger, isChecked}`, `{heading}` or null for a line. */
export function openMenu(anchor, entries, { label, isBeside = true, testId = "menu" } = {}) {
  if (anchor.getAttribute("aria-expanded") === "true") return close();
  const box = h("div", { class: "menu", role: "menu", "aria-label": label, "data-testid": testId }, entries.map(entryNode));
  box.addEventListener("keydown", (event) => menuKeys(event, box));
  float(box, anchor, { isBeside });
  box.querySelector('[role^="menuitem"]')?.focus({ preventScroll: true });
  return close;
}

function entryNode(entry) {
  if (!entry) return h("div", { class: "menu-line", role: "separator" });
  if (entry.heading) return h("div", { class: "menu-heading" }, entry.heading);
  const isChoice = entry.isChecked !== undefined;
  return h("button", {
    type: "button", class: `menu-item${entry.isDanger ? " danger" : ""}`, role: isChoice ? "menuitemradio" : "menuitem",
    "aria-checked": isChoice ? String(entry.isChecked) : null, tabindex: "-1", "data-testid": entry.testId,
    onclick: () => { close(); entry.run(); },
  }, entry.picture ?? null, h("span", { class: "menu-text" }, entry.label, entry.note ? h("small", {}, entry.note) : null),
  isChoice ? (entry.isChecked ? icon("check", 18) : null) : entry.icon ? icon(entry.icon, 18) : null);
}

function menuKeys(event, box) {
  const items = [...box.querySelectorAll('[role^="menuitem"]')];
  const at = items.indexOf(document.activeElement);
  const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (go !== undefined) items[(go + items.length) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
