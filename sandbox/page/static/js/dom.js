/** Make an element. Children are nodes or text; nothing here ever reads HTML. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  add(node, children);
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "class") node.className = value;
  else if (name === "value" || name === "checked") node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Append children, flattening lists and leaving out null, undefined and false. */
export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
  return node;
}

/** Replace all children of `node`. */
export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

let counter = 0;
/** A fresh id for aria references. */
export const freshId = (prefix) => `${prefix}-${++counter}`;

/** Call `action` once things have been quiet for `wait_ms`. */
export function debounce(action, wait_ms) {
  let timer = 0;
  const run = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait_ms);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}

/** Something that can be listened to: `on(name, handler)` returns the way to stop. */
export class Emitter {
  #handlers = new Map();

  on(name, handler) {
    if (!this.#handlers.has(name)) this.#handlers.set(name, new Set());
    this.#handlers.get(name).add(handler);
    return () => this.#handlers.get(name).delete(handler);
  }

  emit(name, ...args) {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) handler(...args);
  }
}

const announcer = h("div", { class: "sr-only", role: "status", "aria-live": "polite" });
/** Tell people who use a screen reader. */
export function announce(text) {
  if (!announcer.isConnected) document.body.append(announcer);
  announcer.textContent = "";
  requestAnimationFrame(() => { announcer.textContent = text; });
}

/** Values kept between visits; a browser that forbids storage only forgets them. */
export const memory = {
  get(key) {
    try { return localStorage.getItem(`herald:${key}`); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(`herald:${key}`, value); } catch { /* forbidden: forgotten on the next visit */ }
  },
};
