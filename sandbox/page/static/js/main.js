import { h, announce, memory } from "./dom.js";
import { api, EventStream } from "./api.js";
import { icon } from "./icons.js";
import { useNames } from "./markdown_dom.js";
import { openMenu, closeMenu } from "./menu.js";
import { Composer } from "./composer.js";
import { Forum } from "./forum.js";
import { Header } from "./header.js";
import { Interactions } from "./interactions.js";
import { showModal } from "./modal.js";
import { summary } from "./message.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { displayName, isForum, isThread, Store } from "./store.js";

const MESSAGE_COMMAND = 3;

const store = new Store(api);
const interactions = new Interactions(api, store);
const stream = new EventStream();
const sidebar = new Sidebar(store, api);
const header = new Header(store,
  { toggleDrawer: () => setDrawer(!document.body.classList.contains("drawer")), openChannel: (id) => openMessage({ channel: id }) });
const composer = new Composer(store, api, interactions);
const timeline = new Timeline(store, interactions, { press, dismiss, menu: messageMenu, openMessage });
const forum = new Forum(store, api, (id) => openMessage({ channel: id }));
const lost = h("div", { class: "lost", role: "alert", hidden: true, "data-testid": "lost" },
  h("span", { class: "spinner", "aria-hidden": "true" }), "The connection to the sandbox was lost. Trying again…",
  h("button", { type: "button", class: "text-button", onclick: () => stream.hurry() }, "Try now"));
const scrim = h("div", { class: "scrim", "aria-hidden": "true", onclick: () => setDrawer(false) });
const empty = h("div", { class: "empty", hidden: true });
const main = h("main", { class: "main" }, header.node, lost, timeline.node, forum.node, empty, composer.node);
let commands = [];
let current = null;

// ---- where one is: the address after the # is /guild/channel/message ------------------------------------------------

function openMessage({ channel, message = null }) {
  const known = store.channels.get(channel);
  if (!known) return;
  const target = `#/${[known.guild_id ?? "@me", channel, message].filter(Boolean).join("/")}`;
  if (location.hash === target) route();
  else location.hash = target;
}

const lastIn = new Map(); // guild -> the channel that was open last

function firstChannel(guildId) {
  const last = store.channels.get(lastIn.get(guildId));
  if (last) return last;
  if (guildId === null) return store.directChannels()[0] ?? null;
  const readable = store.channelsOf(guildId).filter((channel) => channel.type !== 4 && channel.type !== 2);
  return readable.find((channel) => !isForum(channel)) ?? readable[0] ?? null;
}

async function route() {
  const [, guildPart, channelId, messageId] = location.hash.split("/");
  let channel = store.channels.get(channelId) ?? null;
  let guildId = channel ? channel.guild_id : guildPart === "@me" ? null : store.guild(guildPart)?.id;
  if (!channel) {
    guildId = guildId === undefined ? store.guilds[0]?.id ?? null : guildId;
    channel = firstChannel(guildId);
  }
  closeMenu();
  setDrawer(false);
  const isOther = current?.id !== channel?.id;
  current = channel;
  store.open = channel?.id ?? null;
  sidebar.show(guildId, channel?.id ?? null);
  header.show(channel);
  if (!channel) return showNothing(guildId);
  lastIn.set(guildId, channel.id);
  document.title = `${channel.type === 1 ? "@" : "#"}${channel.name} · Herald sandbox`;
  const isPosts = isForum(channel);
  forum.node.hidden = !isPosts;
  timeline.node.hidden = isPosts;
  composer.node.hidden = isPosts;
  empty.hidden = true;
  store.markRead(channel.id);
  if (isOther) loadCommands(channel);
  if (isPosts) {
    timeline.clear();
    return forum.show(channel);
  }
  if (isOther) composer.show(channel);
  if (isOther) announce(`${isThread(channel) ? "Thread" : "Channel"} ${channel.name}`);
  await timeline.show(channel, messageId ?? null);
  if (isOther && !messageId && matchMedia("(hover: hover)").matches && !sidebar.node.contains(document.activeElement)) composer.focus();
}

function showNothing(guildId) {
  document.title = "Herald sandbox";
  timeline.clear();
  for (const node of [timeline.node, forum.node, composer.node]) node.hidden = true;
  empty.hidden = false;
  empty.replaceChildren(icon(guildId === null ? "at" : "hash", 48),
    h("p", {}, guildId === null ? "Nothing here yet. Direct messages from the bot appear in this place."
    : "This server has no channel that you may see."));
}

async function loadCommands(channel) {
  let found = [];
  try {
    found = await api.commands(channel.id);
  } catch (error) {
    announce(error.message);
  }
  if (current?.id !== channel.id) return;
  commands = found;
  composer.setCommands(found);
}

useNames({
  user: (id) => store.users.has(id) ? store.nameOf(store.users.get(id), current?.guild_id) : null,
  role: (id) => store.roles.get(id),
  channel: (id) => store.channels.get(id),
  openMessage,
});

function setDrawer(isOpen) {
  const isNarrow = matchMedia("(max-width: 760px)").matches;
  document.body.classList.toggle("drawer", isOpen && isNarrow);
  header.menu.setAttribute("aria-expanded", String(isOpen && isNarrow));
  main.inert = isOpen && isNarrow;
  sidebar.node.inert = isNarrow && !isOpen;
  if (isOpen && isNarrow) (sidebar.node.querySelector('[aria-current="page"]') ?? sidebar.node.querySelector("button"))?.focus();
}

// ---- what people do with messages -----------------------------------------------------------------------------------

function press(message, component, values) {
  const data = { component_type: component.type, custom_id: component.custom_id, ...(values ? { values } : {}) };
  return interactions.send({ type: 3, guild_id: current?.guild_id ?? undefined, channel_id: message.channel_id, message_id: message.id,
    data });
}

function dismiss(message) {
  store.dismiss(message.channel_id, message.id);
}

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    announce(said);
  } catch {
    announce("The browser does not allow copying here.");
  }
}

function messageMenu(message, anchor) {
  const apps = commands.filter((command) => command.type === MESSAGE_COMMAND).map((command) => ({
    label: command.name, note: displayName(store.bot), icon: "apps", testId: "message-command", run: () => runOnMessage(command, message),
  }));
  const address = `https://discord.com/channels/${current.guild_id ?? "@me"}/${message.channel_id}/${message.id}`;
  openMenu(anchor, [
    ...(apps.length ? [{ heading: "Apps" }, ...apps, null] : []),
    { label: "Copy text", icon: "copy", run: () => copy(message.content || summary(message), "Text copied") },
    { label: "Copy message link", icon: "link", run: () => copy(address, "Link copied") },
    { label: "Copy message ID", icon: "copy", run: () => copy(message.id, "ID copied") },
  ], { label: "Message actions", testId: "message-actions" });
}

function runOnMessage(command, message) {
  const data = { id: command.id, name: command.name, type: MESSAGE_COMMAND, target_id: message.id,
    ...(current.guild_id ? { guild_id: current.guild_id } : {}) };
  timeline.toBottom();
  interactions.run({ type: 2, guild_id: current.guild_id ?? undefined, channel_id: message.channel_id, data }, command.name);
}

function modalAsked(modal) {
  const place = { guild_id: modal.guild_id ?? current?.guild_id ?? undefined, channel_id: modal.channel_id ?? current?.id,
    message_id: modal.message_id ?? undefined };
  closeMenu();
  showModal(modal, { store, guildId: place.guild_id, submit: (data) => interactions.send({ type: 5, ...place, data }) });
}

/** Act as somebody else in this tab alone; its address says as whom, so that a reload keeps it. */
async function actAs(userId) {
  const address = new URL(location.href);
  address.searchParams.set("as", userId);
  history.replaceState(history.state, "", address);
  stream.restart();
  try {
    await reload();
    announce(`You act as ${displayName(store.me)}`);
  } catch (error) {
    announce(error.message);
  }
}

// ---- start, live events, reconnecting -------------------------------------------------------------------------------

/** Read everything anew; what is being typed stays, unless somebody else is now the one who types. */
async function reload() {
  const before = store.me?.id;
  await store.load();
  if (before !== store.me.id) current = null;
  await route();
  if (current) await loadCommands(current);
}

stream.on("event", (t, d) => {
  store.apply(t, d);
  interactions.apply(t, d);
  if (t === "MODAL") modalAsked(d);
  else if (t === "COMMANDS_UPDATE" && current) loadCommands(current);
  else if ((t === "CHANNEL_DELETE" || t === "THREAD_DELETE") && d.id === current?.id) location.hash = `#/${current.guild_id ?? "@me"}`;
  else if (t === "MESSAGE_CREATE" && d.channel_id === current?.id) store.markRead(d.channel_id);
  else if (t === "IDENTITY") reload().then(() => announce(`You act as ${displayName(store.me)}`));
  else if (t.startsWith("GUILD_")) reloadSoon();
});

let reloadTimer = 0;
function reloadSoon() {
  clearTimeout(reloadTimer);
  reloadTimer = setTimeout(reload, 100);
}

stream.on("open", async (isAgain) => {
  try {
    if (isAgain) await reload();
    lost.hidden = true;
    document.body.dataset.live = "true";
  } catch (error) {
    announce(error.message);
  }
});

stream.on("lost", () => {
  lost.hidden = false;
  document.body.dataset.live = "false";
});

sidebar.on("open", (id) => openMessage({ channel: id }));
sidebar.on("guild", (id) => {
  const first = firstChannel(id);
  if (first) openMessage({ channel: first.id });
  else location.hash = `#/${id ?? "@me"}`;
});
sidebar.on("as", actAs);
composer.on("sent", () => timeline.toBottom());
composer.on("leave", () => timeline.list.querySelector(".row:last-child > article")?.focus());
timeline.on("leave", () => composer.focus());
timeline.on("lost-focus", () => composer.focus());
addEventListener("hashchange", route);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("drawer")) {
    setDrawer(false);
    header.menu.focus();
  } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName)
    && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    composer.focus();
    composer.slash.click();
  }
});
matchMedia("(max-width: 760px)").addEventListener("change", () => setDrawer(false));

async function start() {
  const app = document.getElementById("app");
  try {
    await store.load();
  } catch (error) {
    app.replaceChildren(h("div", { class: "boot", role: "alert" }, h("p", {}, error.message),
      h("button", { type: "button", class: "button button-primary", onclick: () => location.reload() }, "Try again")));
    return;
  }
  app.replaceChildren(sidebar.node, scrim, main);
  stream.start();
  await route();
}

if (memory.get("theme")) document.documentElement.dataset.theme = memory.get("theme");
start();
