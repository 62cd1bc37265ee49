import { h } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { fullTime, timeMark } from "./format.js";
import { parse } from "./markdown.js";

/** Names and ways that Markdown refers to; `useNames` is called once by the page. */
let names = { user: () => null, role: () => null, channel: () => null, openMessage: () => {} };
export function useNames(lookup) {
  names = lookup;
}

const JUMP = /^https?:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/;

/** The channel and message that one of Discord's jump links names, or null. */
export function jumpTarget(url) {
  const found = JUMP.exec(url);
  return found ? { guild: found[1], channel: found[2], message: found[3] ?? null } : null;
}

/** A link that leaves the page, or a jump inside it; never anything but http and https. */
export function link(url, children, { title = null, className = "link" } = {}) {
  const target = jumpTarget(url);
  if (target && names.channel(target.channel)) {
    const open = (event) => {
      event.preventDefault();
      names.openMessage(target);
    };
    const path = [target.guild, target.channel, target.message].filter(Boolean).join("/");
    return h("a", { href: `#/${path}`, class: className, title, onclick: open }, children);
  }
  return h("a", { href: url, class: className, title: title ?? url, rel: "noopener noreferrer", target: "_blank" }, children);
}

function pill(text, type = null, props = {}) {
  const tag = props.onclick ? "button" : "span";
  return h(tag, { class: "mention", ...(tag === "button" ? { type: "button" } : {}), ...props },
    type === null ? null : icon(channelIcon(type), 14), text);
}

function channelPill(id, message = null) {
  const channel = names.channel(id);
  if (!channel) return pill("# unknown");
  const open = () => names.openMessage({ channel: id, message });
  return pill(message ? `${channel.name} › message` : channel.name, channel.type, { onclick: open, "data-channel": id });
}

function rolePill(id) {
  const role = names.role(id);
  const made = pill(`@${role?.name ?? "deleted-role"}`);
  if (role?.color) {
    made.classList.add("role");
    made.style.setProperty("--role", `#${role.color.toString(16).padStart(6, "0")}`);
  }
  return made;
}

function spoiler(children) {
  const made = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler", "aria-expanded": "false" },
    h("span", { class: "spoiler-text", "aria-hidden": "true" }, children));
  const reveal = (event) => {
    if (made.classList.contains("shown") || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    made.classList.add("shown");
    made.removeAttribute("aria-label");
    made.setAttribute("aria-expanded", "true");
    made.firstChild.removeAttribute("aria-hidden");
  };
  made.addEventListener("click", reveal, true);
  made.addEventListener("keydown", reveal);
  return made;
}

function codeBlock(node) {
  return h("pre", { class: "code-block", tabindex: "0" },
    node.language ? h("span", { class: "code-language" }, node.language) : null, h("code", {}, node.text));
}

function timestamp(node) {
  const date = new Date(node.seconds * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode("Invalid Date");
  return h("time", {
    class: "time-mark", datetime: date.toISOString(), title: fullTime(date), "data-mark": node.style,
  }, timeMark(date, node.style));
}

const DRAW = {
  text: (n) => document.createTextNode(n.text),
  strong: (n) => h("strong", {}, draw(n.children)),
  em: (n) => h("em", {}, draw(n.children)),
  underline: (n) => h("u", {}, draw(n.children)),
  strike: (n) => h("s", {}, draw(n.children)),
  spoiler: (n) => spoiler(draw(n.children)),
  code: (n) => h("code", { class: "code" }, n.text),
  "code-block": codeBlock,
  quote: (n) => h("div", { class: "quote" }, h("blockquote", {}, draw(n.children))),
  heading: (n) => h(`h${n.level + 2}`, { class: `md-h${n.level}` }, draw(n.children)),
  subtext: (n) => h("small", { class: "subtext" }, draw(n.children)),
  list: (n) => h(n.ordered ? "ol" : "ul", n.ordered && n.start !== 1 ? { start: n.start } : {},
    n.children.map((item) => h("li", {}, draw(item.children)))),
  link: (n) => {
    const target = n.masked ? null : jumpTarget(n.url);
    if (target && names.channel(target.channel)) return channelPill(target.channel, target.message);
    return link(n.url, draw(n.children), { title: n.title ? `${n.title}\n${n.url}` : null });
  },
  time: timestamp,
  user: (n) => pill(`@${names.user(n.id) ?? "unknown-user"}`),
  role: (n) => rolePill(n.id),
  channel: (n) => channelPill(n.id),
  command: (n) => pill(`/${n.name}`),
  everyone: (n) => (n.isLoud ? pill(n.text) : document.createTextNode(n.text)),
  "custom-emoji": (n) => h("span", { class: "custom-emoji", title: `:${n.name}:` }, `:${n.name}:`),
};

function draw(nodes) {
  return nodes.map((node) => DRAW[node.type](node));
}

/** Discord Markdown as nodes. `options` as for `parse`. */
export function markdown(source, options = {}) {
  return draw(parse(String(source ?? ""), options));
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F\u200D]*|[\u{1F1E6}-\u{1F1FF}]{2}|\s){1,60}$/u;
/** Whether a message is nothing but a few emoji, which are shown large. */
export const isOnlyEmoji = (source) =>
  ONLY_EMOJI.test(source) && !/^\s*$/.test(source) && [...source.replace(/[\s\uFE0F\u200D]/g, "")].length <= 27;

/** Keep "3 minutes ago" true. */
export function refreshRelativeTimes(root) {
  for (const each of root.querySelectorAll('time[data-mark="R"]')) {
    each.textContent = timeMark(new Date(each.dateTime), "R");
  }
}
