import { h, fill, Emitter } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { avatar, guildInitials, presence } from "./people.js";
import { displayName, isDirect } from "./store.js";

const CATEGORY = 4;
const KINDS = { 2: "voice", 5: "announcement", 13: "stage", 15: "forum", 16: "media" };
const MOST_THREADS = 8; // below one channel; the forum's own page shows all of its posts

/** Servers, channels and oneself, left of the messages. Emits `open(channelId)`, `guild(id or null)`, `as(userId)`. */
export class Sidebar extends Emitter {
  #store;
  #api;
  #guildId = null;
  #open = null;
  #closed = new Set();
  #isPressed = false;
  #isStale = false;

  constructor(store, api) {
    super();
    this.#store = store;
    this.#api = api;
    this.rail = h("nav", { class: "rail", "aria-label": "Servers", "data-testid": "servers" });
    this.title = h("div", { class: "side-title" });
    this.channels = h("nav", { class: "channels", "aria-label": "Channels", "data-testid": "channels" });
    this.self = h("div", { class: "self" });
    this.node = h("aside", { class: "sidebar", id: "sidebar", "aria-label": "Servers and channels" }, this.rail,
      h("div", { class: "side" }, this.title, this.channels, this.self));
    this.channels.addEventListener("keydown", (event) => this.#keys(event, this.channels));
    this.rail.addEventListener("keydown", (event) => this.#keys(event, this.rail));
    this.node.addEventListener("pointerdown", () => { this.#isPressed = true; });
    for (const event of ["pointerup", "pointercancel"]) addEventListener(event, () => setTimeout(() => this.#released()));
    store.on("channels", () => this.draw());
    store.on("status", () => this.draw());
  }

  /** Show a guild's channels (null: direct messages) with one of them open. */
  show(guildId, channelId) {
    this.#guildId = guildId;
    this.#open = channelId;
    this.draw();
  }

  /** Draw what is known now; a button that is being pressed is not taken away from below the finger. */
  draw() {
    this.#isStale = this.#isPressed;
    if (!this.#store.me || this.#isPressed) return;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(this.rail, this.#railItem(null, "Direct messages", icon("at", 26)), h("hr", { class: "rail-line" }),
      this.#store.guilds.map((guild) => this.#railItem(guild.id, guild.name, guildInitials(guild.name))));
    fill(this.title, h("h1", {}, this.#store.guild(this.#guildId)?.name ?? "Direct messages"));
    fill(this.channels, this.#guildId ? this.#guildChannels() : this.#directChannels());
    fill(this.self, this.#selfPanel());
    if (focused) this.node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #released() {
    this.#isPressed = false;
    if (this.#isStale) this.draw();
  }

  #isUnread(guildId) {
    return [...this.#store.unread].some((id) => this.#store.channels.get(id)?.guild_id === guildId);
  }

  #railItem(id, name, face) {
    const isHere = id === this.#guildId;
    const isNew = this.#isUnread(id);
    return h("button", {
      type: "button", class: `rail-item${isHere ? " here" : ""}${isNew ? " unread" : ""}`, title: name,
      "aria-label": isNew ? `${name}, unread messages` : name,
      "aria-current": isHere ? "true" : null, "data-key": `guild-${id}`, "data-guild-id": id ?? "@me",
      onclick: () => this.emit("guild", id),
    }, h("span", { class: "rail-mark", "aria-hidden": "true" }), h("span", { class: "rail-face" }, face));
  }

  #guildChannels() {
    const all = this.#store.channelsOf(this.#guildId);
    const categories = all.filter((channel) => channel.type === CATEGORY);
    const childrenOf = (id) => all.filter((channel) => channel.type !== CATEGORY && (channel.parent_id ?? null) === id);
    const orphans = all.filter((channel) => channel.type !== CATEGORY && !categories.some((each) => each.id === channel.parent_id));
    return [this.#group(orphans), categories.map((category) => this.#category(category, childrenOf(category.id)))];
  }

  #category(category, children) {
    const isClosed = this.#closed.has(category.id);
    const toggle = () => {
      if (!this.#closed.delete(category.id)) this.#closed.add(category.id);
      this.draw();
    };
    const shown = isClosed ? children.filter((child) => child.id === this.#open || this.#store.unread.has(child.id)) : children;
    return h("div", { class: "category" },
      h("button", { type: "button", class: `category-name${isClosed ? " closed" : ""}`, "aria-expanded": String(!isClosed),
        "data-key": category.id, onclick: toggle }, icon("down", 12), category.name),
      this.#group(shown));
  }

  #group(channels) {
    return channels.length
      ? h("ul", { class: "channel-list" }, channels.map((channel) => h("li", {}, this.#channelItem(channel), this.#threads(channel))))
      : null;
  }

  #threads(channel) {
    const threads = this.#store.threadsOf(channel.id)
      .filter((thread, index) => (index < MOST_THREADS && !thread.thread_metadata?.archived) || thread.id === this.#open
        || this.#store.unread.has(thread.id));
    return threads.length
      ? h("ul", { class: "thread-list", "aria-label": `Threads of ${channel.name}` },
      threads.map((thread) => h("li", {}, this.#channelItem(thread)))) : null;
  }

  #channelItem(channel) {
    const isHere = channel.id === this.#open;
    const isNew = this.#store.unread.has(channel.id);
    const isThreadItem = channel.type >= 10 && channel.type <= 12;
    const kind = isThreadItem ? "thread" : `${KINDS[channel.type] ?? "text"} channel`;
    return h("button", {
      type: "button", class: `channel-item${isHere ? " here" : ""}${isNew ? " unread" : ""}`, "aria-current": isHere ? "page" : null,
      "aria-label": `${channel.name}, ${kind}${isNew ? ", unread" : ""}`, "data-channel-id": channel.id, "data-key": channel.id,
      title: isThreadItem ? channel.name : null,
      onclick: () => this.emit("open", channel.id),
    }, isThreadItem ? null : icon(channelIcon(channel.type)), h("span", { class: "channel-name" }, channel.name));
  }

  #directChannels() {
    const list = this.#store.directChannels();
    if (!list.length) return h("p", { class: "side-empty" },
      `No direct messages yet. They appear here when ${displayName(this.#store.bot)} writes to you.`);
    return h("ul", { class: "channel-list" }, list.map((channel) => h("li", {}, this.#directItem(channel))));
  }

  #directItem(channel) {
    const other = channel.recipients?.find((user) => user.id !== this.#store.me.id) ?? this.#store.bot;
    const isHere = channel.id === this.#open;
    const isNew = this.#store.unread.has(channel.id);
    return h("button", {
      type: "button", class: `channel-item direct${isHere ? " here" : ""}${isNew ? " unread" : ""}`, "aria-current": isHere ? "page" : null,
      "aria-label": `${channel.name}, direct message${isNew ? ", unread" : ""}`, "data-channel-id": channel.id, "data-key": channel.id,
      onclick: () => this.emit("open", channel.id),
    }, presence(other, other.id === this.#store.bot.id ? this.#store.botOnline : true, "s"),
      h("span", { class: "channel-name" }, channel.name));
  }

  #selfPanel() {
    const { me } = this.#store;
    return h("button", {
      type: "button", class: "self-button", "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "acting-as",
      "data-key": "self", title: "Act as another member",
      "aria-label": `You act as ${displayName(me)}. Act as another member`, onclick: (event) => this.#switch(event.currentTarget),
    }, presence(me, true), h("span", { class: "self-text" }, h("small", {}, "Acting as"), h("strong", {}, displayName(me))),
      icon("switch", 18));
  }

  async #switch(anchor) {
    const users = await this.#api.members();
    const entries = users.map((user) => ({
      label: displayName(user), note: user.admin ? "May manage the server" : "Plain member", isChecked: user.id === this.#store.me.id,
      picture: avatar(user, "s"), testId: "act-as", run: () => this.emit("as", user.id),
    }));
    openMenu(this.self.querySelector(".self-button") ?? anchor, [{ heading: "Act as" }, ...entries],
      { label: "Act as", isBeside: false, testId: "members" });
  }

  #keys(event, root) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const items = [...root.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length].focus();
  }
}
