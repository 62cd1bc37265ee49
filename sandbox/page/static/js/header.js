import { h, fill } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { markdown } from "./markdown_dom.js";
import { displayName, isForum, isThread } from "./store.js";

/** The line above the messages: where one is, and whether the bot is there. */
export class Header {
  #store;
  #channel = null;
  #openChannel;

  constructor(store, { toggleDrawer, openChannel }) {
    this.#store = store;
    this.#openChannel = openChannel;
    this.menu = h("button",
      { type: "button", class: "header-menu", "aria-label": "Servers and channels", "aria-controls": "sidebar", "aria-expanded": "false",
      "data-testid": "open-drawer", onclick: toggleDrawer }, icon("menu", 24));
    this.where = h("div", { class: "where" });
    this.status = h("div", { class: "bot-status", role: "status", "data-testid": "bot-status" });
    this.node = h("header", { class: "header" }, this.menu, this.where, this.status);
    store.on("status", () => this.#drawStatus());
    store.on("channels", () => this.#draw());
  }

  show(channel) {
    this.#channel = channel;
    this.#draw();
    this.#drawStatus();
  }

  #draw() {
    if (!this.#channel) return fill(this.where, h("h2", { class: "where-name" }, "Herald sandbox"));
    const channel = this.#store.channels.get(this.#channel.id) ?? this.#channel;
    const parent = isThread(channel) ? this.#store.channels.get(channel.parent_id) : null;
    fill(this.where,
      parent ? [h("button", { type: "button", class: "where-parent", onclick: () => this.#openChannel(parent.id) },
        icon(channelIcon(parent.type)), h("span", {}, parent.name)), icon("right", 14)] : null,
      h("h2", { class: "where-name", "data-testid": "channel-name" }, icon(channelIcon(channel.type), 22), h("span", {}, channel.name)),
      channel.topic && !isForum(channel)
        ? h("p", { class: "where-topic", title: channel.topic }, markdown(channel.topic, { blocks: false })) : null);
  }

  #drawStatus() {
    const { bot, botOnline } = this.#store;
    if (!bot) return;
    const said = botOnline ? "online" : "offline";
    fill(this.status, h("span", { class: `dot ${said}`, "aria-hidden": "true" }),
      h("span", {}, displayName(bot), h("span", { class: "status-word" }, ` ${said}`)));
  }
}
