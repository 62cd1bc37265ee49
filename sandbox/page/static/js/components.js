import { h } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown_dom.js";
import { fileCard, gallery, picture } from "./media.js";
import { choicesOf, selectNode } from "./select.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };
const isWeb = (url) => /^(https?|discord):\/\//i.test(url ?? "");

/**
 * Draws a message's components. `context` is `{store, guildId, files, isDisabled, press(component, values, node)}`;
 * `press` sends the interaction and settles when it is answered.
 */
export function componentNodes(components, context) {
  return (components ?? []).map((component) => DRAW[component.type]?.(component, context) ?? unknown(component));
}

const unknown = (component) => h("div", { class: "unknown-part" }, `This page does not know component type ${component.type}.`);

function face(component) {
  const emoji = component.emoji;
  return [
    emoji ? h("span", { class: "button-emoji" }, emoji.id ? `:${emoji.name}:` : emoji.name) : null,
    component.label ? h("span", {}, component.label) : null,
  ];
}

function button(component, context) {
  const style = STYLES[component.style] ?? "secondary";
  const isDisabled = Boolean(component.disabled);
  if (component.style === 5) {
    const props = { class: "button button-link", "data-testid": "link-button" };
    if (isDisabled || !isWeb(component.url)) return h("span", { ...props, "aria-disabled": "true" }, face(component), icon("external", 16));
    return h("a", { ...props, href: component.url, title: component.url, rel: "noopener noreferrer", target: "_blank" }, face(component),
      icon("external", 16));
  }
  const node = h("button", {
    type: "button", class: `button button-${style}`, disabled: isDisabled || context.isDisabled, "data-key": component.custom_id,
    "data-testid": "button", "aria-label": component.label ? null : component.emoji?.name,
  }, h("span", { class: "button-face" }, face(component)),
    h("span", { class: "button-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
  node.addEventListener("click", () => busy(node, () => context.press(component, null)));
  return node;
}

async function busy(node, work) {
  if (node.classList.contains("busy")) return;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  await work();
  node.classList.remove("busy");
  node.removeAttribute("aria-busy");
}

function select(component, context) {
  const choices = choicesOf(component, context.store, context.guildId);
  const node = selectNode(component, choices, {
    isDisabled: Boolean(component.disabled) || context.isDisabled,
    onchoose: (values) => busy(node, () => context.press(component, values)),
  });
  return node;
}

/** A file of the message by its `attachment://` name, else the address as it is. */
function media(item, context) {
  const name = /^attachment:\/\/(.+)$/.exec(item.media?.url ?? item.file?.url ?? "")?.[1];
  const file = name && context.files.find((each) => each.filename === name);
  return { ...(item.media ?? item.file), ...(file ?? {}), description: item.description ?? file?.description };
}

function container(component, context) {
  const node = h("div", { class: `container${component.spoiler ? " is-spoiler" : ""}`, "data-testid": "container" },
    componentNodes(component.components, context));
  if (Number.isInteger(component.accent_color)) node.style.setProperty("--bar", `#${component.accent_color.toString(16).padStart(6, "0")}`);
  else node.classList.add("plain");
  if (component.spoiler) node.addEventListener("click", () => node.classList.remove("is-spoiler"), { once: true });
  return node;
}

const DRAW = {
  1: (c, ctx) => h("div", { class: "action-row", "data-testid": "action-row" }, componentNodes(c.components, ctx)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: (c, ctx) => h("div", { class: "section" },
    h("div", { class: "section-text" }, componentNodes(c.components, ctx)),
    h("div", { class: "section-accessory" }, componentNodes([c.accessory], ctx))),
  10: (c) => h("div", { class: "markup text-display" }, markdown(c.content)),
  11: (c, ctx) => picture(media(c, ctx), { kind: "thumbnail" }),
  12: (c, ctx) => gallery((c.items ?? []).map((item) => media(item, ctx))),
  13: (c, ctx) => fileCard(media(c, ctx)),
  14: (c) => h("hr", { class: `separator${c.divider === false ? " no-line" : ""}${c.spacing === 2 ? " wide" : ""}` }),
  17: container,
};

/** The names of files that components show, so that they are not listed again. */
export function filesInComponents(components) {
  const text = JSON.stringify(components ?? []);
  return new Set([...text.matchAll(/attachment:\/\/([^"\\]+)/g)].map((match) => match[1]));
}

