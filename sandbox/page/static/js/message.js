import { h } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { clock, counted, fullTime, isSameDay, messageTime } from "./format.js";
import { componentNodes, filesInComponents } from "./components.js";
import { embedNode, usedFiles } from "./embed.js";
import { isOnlyEmoji, markdown } from "./markdown_dom.js";
import { attachments } from "./media.js";
import { appTag, avatar } from "./people.js";
import { plainText, parse } from "./markdown.js";
import { FLAG, has } from "./store.js";

const GROUP_MS = 7 * 60 * 1000; // Discord joins messages of one author for seven minutes
const SYSTEM = new Set([6, 7, 8, 18, 21]);

export const sentAt = (message) => new Date(message.timestamp);
const commandOf = (message) => message.interaction ?? (message.interaction_metadata?.name ? message.interaction_metadata : null);

/** Whether `message` continues the group of `before`. */
export function isGrouped(message, before) {
  if (!before || SYSTEM.has(message.type) || SYSTEM.has(before.type)) return false;
  if (message.author.id !== before.author.id || message.webhook_id !== before.webhook_id) return false;
  if (message.message_reference || commandOf(message)?.name || has(message, FLAG.EPHEMERAL) !== has(before, FLAG.EPHEMERAL)) return false;
  return sentAt(message) - sentAt(before) < GROUP_MS && isSameDay(sentAt(message), sentAt(before));
}

/** A line about a message, for labels and reply previews. */
export function summary(message) {
  if (message.content) return plainText(parse(message.content)).replace(/\s+/g, " ").trim();
  const embed = message.embeds?.[0];
  if (embed) return plainText(parse(embed.title ?? embed.description ?? "")).replace(/\s+/g, " ").trim();
  if (message.attachments?.length) return message.attachments.map((file) => file.filename).join(", ");
  return firstText(message.components) || "Message";
}

function firstText(components) {
  for (const component of components ?? []) {
    const text = component.content ? plainText(parse(component.content)) : firstText(component.components);
    if (text) return text.replace(/\s+/g, " ").trim();
  }
  return "";
}

function commandLine(message, context) {
  const command = commandOf(message);
  if (!command?.name) return null;
  const user = command.user ?? message.interaction_metadata?.user;
  const isOnMessage = message.type === 23;
  return h("div", { class: "above", "data-testid": "used-command" }, h("span", { class: "above-spine", "aria-hidden": "true" }),
    avatar(user, "xs"), h("strong", {}, context.store.nameOf(user, context.guildId)), " used ",
    h("span", { class: "used-command" }, icon(isOnMessage ? "apps" : "slash", 14), command.name));
}

function replyLine(message, context) {
  if (message.type !== 19 || commandOf(message)?.name) return null;
  const target = message.referenced_message ?? context.store.message(message.channel_id, message.message_reference?.message_id);
  if (!target) return h("div", { class: "above" }, h("span", { class: "above-spine" }), h("em", {}, "Original message was deleted"));
  const open = () => context.openMessage({ channel: target.channel_id, message: target.id });
  return h("div", { class: "above", "data-testid": "reply" }, h("span", { class: "above-spine", "aria-hidden": "true" }),
    avatar(target.author, "xs"),
    h("strong", {}, context.store.nameOf(target.author, context.guildId)), " ",
    h("button", { type: "button", class: "above-text", onclick: open }, summary(target)));
}

function times(message, isGroupedNow) {
  const date = sentAt(message);
  const props = { datetime: message.timestamp, title: fullTime(date) };
  return isGroupedNow ? h("time", { class: "time-aside", ...props }, clock(date))
    : h("time", { class: "time", ...props }, messageTime(date));
}

const edited = (message) => (message.edited_timestamp
  ? h("time", { class: "edited", datetime: message.edited_timestamp, title: fullTime(new Date(message.edited_timestamp)) }, "(edited)")
    : null);

function content(message) {
  if (!message.content) return null;
  const large = isOnlyEmoji(message.content) ? " jumbo" : "";
  return h("div", { class: `content markup${large}`, "data-testid": "content" }, 
    markdown(message.content, { isLoud: message.mention_everyone }), message.edited_timestamp ? [" ", edited(message)] : null);
}

function threadCard(message, context) {
  const thread = message.thread ?? (has(message, FLAG.HAS_THREAD) ? context.store.channels.get(message.id) : null);
  if (!thread) return null;
  const known = context.store.channels.get(thread.id) ?? thread;
  const open = () => context.openMessage({ channel: thread.id });
  return h("button", { type: "button", class: "thread-card", "data-testid": "thread-card", onclick: open },
    icon("thread"), h("strong", {}, known.name), h("span", {}, `${counted(known.message_count ?? 0, "Message")} ›`));
}

function thinking(message, context) {
  return h("div", { class: "content thinking", role: "status", "data-testid": "thinking" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    `${context.store.nameOf(message.author, context.guildId)} is thinking…`);
}

function onlyYou(message, context) {
  if (!has(message, FLAG.EPHEMERAL)) return null;
  return h("div", { class: "only-you", "data-testid": "ephemeral" }, icon("eye", 16), "Only you can see this · ",
    h("button", { type: "button", class: "text-button", onclick: () => context.dismiss(message) }, "Dismiss message"));
}

const failure = (reason) => (/did not respond/.test(reason) ? "This interaction failed" : `This interaction failed. ${reason}`);

function parts(message, context) {
  if (has(message, FLAG.LOADING)) return [thinking(message, context), onlyYou(message, context)];
  const files = message.attachments ?? [];
  const embeds = has(message, FLAG.SUPPRESS_EMBEDS) ? [] : message.embeds ?? [];
  const used = new Set([...usedFiles(embeds, files), ...filesInComponents(message.components)]);
  const failed = h("div", { class: "failed", role: "alert" });
  const press = async (component, values) => {
    failed.replaceChildren();
    const error = await context.press(message, component, values);
    if (error) failed.replaceChildren(icon("warning", 16), failure(error));
  };
  return [
    content(message),
    attachments(files, used),
    embeds.map((embed) => embedNode(embed, files)),
    message.components?.length
      ? h("div", { class: "components" },
        componentNodes(message.components, { store: context.store, guildId: context.guildId, files, press, isDisabled: false }))
      : null,
    !message.content && message.edited_timestamp ? h("div", { class: "edited-line" }, edited(message)) : null,
    threadCard(message, context), failed, onlyYou(message, context),
  ];
}

function tools(message, context) {
  if (has(message, FLAG.LOADING)) return null;
  return h("div", { class: "tools" }, h("button", {
    type: "button", class: "tool", title: "More", "aria-label": `More actions for: ${summary(message).slice(0, 60)}`,
    "aria-haspopup": "menu",
    "aria-expanded": "false", "data-testid": "message-menu", onclick: (event) => context.menu(message, event.currentTarget),
  }, icon("more")));
}

function systemText(message, context) {
  const name = context.store.nameOf(message.author, context.guildId);
  const who = h("strong", {}, name);
  if (message.type === 18 || message.type === 21) {
    const id = message.message_reference?.channel_id ?? message.id;
    const open = () => context.openMessage({ channel: id });
    return [who, " started a thread: ", h("button", { type: "button", class: "text-button strong", onclick: open },
      message.content || context.store.channels.get(id)?.name || "thread"), ". "];
  }
  if (message.type === 6) return [who, " pinned a message to this channel. "];
  if (message.type === 7) return [who, " joined. Say hello! "];
  return [who, " boosted the server. "];
}

function systemMessage(message, context) {
  return h("article", { class: "message system", tabindex: "-1" },
    h("span", { class: "gutter" }, icon(message.type === 18 || message.type === 21 ? channelIcon(11) : "right")),
    h("div", { class: "body" }, h("span", { class: "system-text" }, systemText(message, context)), times(message, false),
      threadCard(message, context)));
}

/** One message as a list item. `context` brings the store and what its parts can do. */
export function messageNode(message, before, context) {
  const grouped = isGrouped(message, before);
  const item = h("li", { class: "row", "data-message-id": message.id });
  if (SYSTEM.has(message.type)) {
    item.append(systemMessage(message, context));
    return item;
  }
  const name = context.store.nameOf(message.author, context.guildId);
  const classes = ["message", grouped ? "grouped" : "first"];
  if (has(message, FLAG.EPHEMERAL)) classes.push("ephemeral");
  if (context.store.isPinged(message)) classes.push("pinged");
  const above = grouped ? null : commandLine(message, context) ?? replyLine(message, context);
  item.append(h("article",
    { class: classes.join(" "), tabindex: "-1",
    "aria-label": `${name}, ${messageTime(sentAt(message))}: ${summary(message).slice(0, 200)}` },
    above,
    h("span", { class: "gutter" }, grouped ? times(message, true) : avatar(message.author)),
    h("div", { class: "body" },
      grouped ? null : h("div", { class: "byline" }, h("span", { class: "author", "data-testid": "author" }, name),
        message.author.bot ? appTag() : null, times(message, false)),
      parts(message, context)),
    tools(message, context)));
  return item;
}
