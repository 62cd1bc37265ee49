import { h, fill, freshId } from "./dom.js";

/**
 * The list above the message box. `show` takes `{heading, note, entries, status, error}`; an entry is
 * `{label, note, tag, picture, choose}`. The field keeps the focus; `aria-activedescendant` names the active entry.
 */
export class ListBox {
  #entries = [];
  #active = -1;
  #field = null;

  constructor(testId) {
    this.id = freshId("listbox");
    this.head = h("div", { class: "popup-head" });
    this.list = h("div", { class: "popup-list", role: "listbox", id: this.id, "aria-label": "Suggestions" });
    this.node = h("div", { class: "popup", hidden: true, "data-testid": testId }, this.head, this.list);
    this.node.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  }

  get isOpen() {
    return !this.node.hidden;
  }

  get hasActive() {
    return this.isOpen && this.#active >= 0;
  }

  show(field, { heading = null, note = "", entries = [], status = "", error = "", isPassive = false }) {
    this.#field = field;
    this.#entries = entries;
    this.#active = entries.length && !isPassive ? 0 : -1;
    this.node.hidden = false;
    fill(this.head, heading ? h("strong", {}, heading) : null, note ? h("span", {}, note) : null,
      error ? h("span", { class: "popup-error", role: "alert" }, error) : null);
    this.head.hidden = !heading && !note && !error;
    fill(this.list, entries.map((entry, index) => this.#entryNode(entry, index)),
      status ? h("div", { class: "list-empty", role: "status" }, status) : null);
    this.list.hidden = !entries.length && !status;
    field.setAttribute("aria-expanded", String(entries.length > 0));
    field.setAttribute("aria-controls", this.id);
    this.#mark();
  }

  #entryNode(entry, index) {
    return h("div", {
      class: "popup-entry", role: "option", id: `${this.id}-${index}`, "data-testid": "choice", "aria-selected": "false",
      onclick: () => entry.choose(), onpointermove: () => this.#go(index),
    },
    entry.picture?.() ?? null,
    h("span", { class: "popup-text" }, h("span", { class: "popup-label" }, entry.label),
      entry.note ? h("span", { class: "popup-note" }, entry.note) : null),
    entry.tag ? h("span", { class: "popup-tag" }, entry.tag) : null);
  }

  #mark() {
    const nodes = [...this.list.querySelectorAll('[role="option"]')];
    nodes.forEach((node, index) => {
      node.classList.toggle("active", index === this.#active);
      node.setAttribute("aria-selected", String(index === this.#active));
    });
    const now = nodes[this.#active];
    if (now) this.#field?.setAttribute("aria-activedescendant", now.id);
    else this.#field?.removeAttribute("aria-activedescendant");
    return now;
  }

  #go(index) {
    if (index === this.#active) return;
    this.#active = index;
    this.#mark();
  }

  move(step) {
    if (!this.#entries.length) return;
    const count = this.#entries.length;
    this.#go(this.#active < 0 ? (step > 0 ? 0 : count - 1) : (this.#active + step + count) % count);
    this.#mark()?.scrollIntoView({ block: "nearest" });
  }

  choose() {
    this.#entries[this.#active]?.choose();
  }

  hide() {
    this.node.hidden = true;
    this.#entries = [];
    this.#active = -1;
    this.#field?.setAttribute("aria-expanded", "false");
    this.#field?.removeAttribute("aria-activedescendant");
  }
}
