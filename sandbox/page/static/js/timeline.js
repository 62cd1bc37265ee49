import { h, fill, Emitter } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { dayName, isSameDay } from "./format.js";
import { messageNode, sentAt } from "./message.js";
import { avatar, appTag } from "./people.js";
import { markdown, refreshRelativeTimes } from "./markdown_dom.js";
import { FLAG, displayName, has, isDirect, isThread } from "./store.js";

const NEAR_BOTTOM_PX = 60;
const AT_BOTTOM_PX = 2;
const NEAR_TOP_PX = 300;

/** The buttons and menus of a message that can have the focus. */
const keyed = (node) => [...node.querySelectorAll("[data-key]")];

/**
 * The control of a message drawn anew that stands for one of before: the same, else the one with the same label ("Next"
 * leads to another page each time), else the one at its place. Null where none can be used.
 */
function sameControl(node, was, index) {
  const controls = keyed(node).filter((each) => !each.disabled);
  const label = was.textContent.trim();
  return controls.find((each) => each.dataset.key === was.dataset.key)
    ?? controls.find((each) => label && each.textContent.trim() === label)
    ?? controls[Math.min(Math.max(index, 0), controls.length - 1)] ?? null;
}

/** The messages of one channel, kept at the newest unless the reader went up. */
export class Timeline extends Emitter {
  #store;
  #context;
  #interactions;
  #channel = null;
  #nodes = new Map();
  #isAtBottom = true;
  #pinnedAt = 0;
  #unseen = 0;
  #isCut = false; // an answer stands from its first line on, and its end is below
  #wanted = null;

  constructor(store, interactions, actions) {
    super();
    this.#store = store;
    this.#interactions = interactions;
    this.#context = { store, guildId: null, ...actions };
    this.list = h("ol", { class: "messages", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "Messages",
      "data-testid": "messages" });
    this.pending = h("div", { class: "pending" });
    this.top = h("div", { class: "top" });
    this.inner = h("div", { class: "timeline-inner" }, this.top, this.list, this.pending);
    this.scroller = h("div", { class: "scroller", tabindex: "0", "aria-label": "Message history", "data-testid": "scroller" }, this.inner);
    this.pill = h("button",
      { type: "button", class: "new-pill", hidden: true, "data-testid": "new-messages", onclick: () => this.toBottom() });
    this.node = h("div", { class: "timeline" }, this.scroller, this.pill);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#keys(event));
    new ResizeObserver(() => { if (this.#isAtBottom) this.#pin(); }).observe(this.inner);
    new ResizeObserver(() => { if (this.#isAtBottom) this.#pin(); }).observe(this.scroller);
    store.on("history", (id) => { if (id === this.#channel?.id) this.#drawAll(); });
    store.on("message", (channelId, id, isNew) => { if (channelId === this.#channel?.id) this.#drawOne(id, isNew); });
    store.on("removed", (channelId, id) => { if (channelId === this.#channel?.id) this.#remove(id); });
    interactions.on("pending", (channelId) => { if (channelId === this.#channel?.id) this.#drawPending(); });
    setInterval(() => refreshRelativeTimes(this.list), 30_000);
  }

  /** Show a channel; `messageId` is shown and marked once it is there. */
  async show(channel, messageId = null) {
    const isSame = this.#channel?.id === channel.id;
    this.#channel = channel;
    this.#context.guildId = channel.guild_id;
    this.#wanted = messageId;
    this.list.setAttribute("aria-label", `Messages in ${channel.name}`);
    if (!isSame) {
      this.#isAtBottom = true;
      this.#isCut = false;
      this.#setUnseen(0);
    }
    const history = this.#store.history(channel.id);
    if (history.isLoaded) this.#drawAll();
    else {
      if (!isSame) {
        this.#nodes.clear();
        this.list.replaceChildren();
        this.#drawSkeleton();
      }
      try {
        await this.#store.loadNewest(channel.id);
      } catch (error) {
        if (this.#channel.id === channel.id) fill(this.top, this.#problem(error.message));
        return;
      }
    }
    await this.#goToWanted();
  }

  /** No channel: nothing to show. */
  clear() {
    this.#channel = null;
    this.#nodes.clear();
    this.list.replaceChildren();
    this.top.replaceChildren();
    this.pending.replaceChildren();
  }

  #problem(text) {
    const again = () => this.show(this.#channel);
    return h("div", { class: "problem", role: "alert" }, icon("warning"), h("p", {}, text),
      h("button", { type: "button", class: "button button-secondary", onclick: again }, "Try again"));
  }

  async #goToWanted() {
    const channel = this.#channel;
    while (this.#wanted && this.#channel === channel) {
      const node = this.#nodes.get(this.#wanted);
      if (node) {
        this.#isAtBottom = false;
        node.scrollIntoView({ block: "center" });
        node.classList.remove("wanted");
        void node.offsetWidth; // restarts the animation
        node.classList.add("wanted");
        node.firstChild.focus({ preventScroll: true });
        this.#wanted = null;
      } else if (!(await this.#store.loadOlder(channel.id))) this.#wanted = null;
    }
  }

  #drawSkeleton() {
    fill(this.top, h("div", { class: "skeleton", role: "status", "aria-label": "Loading messages" },
      [52, 78, 40, 66, 84].map((width) => h("div", { class: `skeleton-row w${width}` }, h("i"), h("b"), h("u")))));
  }

  #drawAll() {
    const { messages, isComplete } = this.#store.history(this.#channel.id);
    const fromBottom = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.list.setAttribute("aria-busy", "true");
    this.#nodes.clear();
    const rows = [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      if (!before || !isSameDay(sentAt(before), sentAt(message))) rows.push(this.#day(message));
      rows.push(this.#node(message, before));
    });
    this.list.replaceChildren(...rows);
    fill(this.top, isComplete ? this.#welcome()
      : h("div", { class: "loading-older" }, h("span", { class: "spinner", "aria-hidden": "true" }), "Loading older messages"));
    this.#drawPending();
    if (this.#isAtBottom) this.#pin();
    else this.scroller.scrollTop = this.scroller.scrollHeight - fromBottom;
    this.list.removeAttribute("aria-busy");
  }

  #node(message, before) {
    const node = messageNode(message, before, this.#context);
    this.#nodes.set(message.id, node);
    return node;
  }

  #day(message) {
    const date = sentAt(message);
    return h("li", { class: "day", role: "separator", "data-day": date.toDateString() }, h("span", {}, dayName(date)));
  }

  #drawOne(id, isNew) {
    const { messages } = this.#store.history(this.#channel.id);
    const index = messages.findIndex((message) => message.id === id);
    if (index < 0) return;
    // the reader may have gone up a moment ago, and the event that tells it is still to come
    if (this.#isAtBottom && this.scroller.scrollTop < this.#pinnedAt) this.#scrolled();
    const wasAtBottom = this.#isAtBottom;
    this.#put(messages, index);
    if (messages[index + 1]) this.#put(messages, index + 1);
    if (has(messages[index], FLAG.EPHEMERAL)) this.#showAnswer(id);
    else if (wasAtBottom) this.#pin();
    else if (isNew && messages[index].author.id !== this.#store.me.id) this.#setUnseen(this.#unseen + 1);
  }

  /** Bring what answers this person into view, from its first line on: it stands at the end, wherever it was asked. */
  #showAnswer(id) {
    const node = this.#nodes.get(id);
    this.#isCut = node.offsetHeight > this.scroller.clientHeight;
    node.scrollIntoView({ block: this.#isCut ? "start" : "nearest" });
    this.#scrolled();
  }

  /** Draw the message at `index` anew in its place. */
  #put(messages, index) {
    const message = messages[index];
    const before = messages[index - 1];
    const old = this.#nodes.get(message.id);
    const was = old?.contains(document.activeElement) ? document.activeElement : null;
    const place = was ? keyed(old).indexOf(was) : -1;
    const node = this.#node(message, before);
    if (old) old.replaceWith(node);
    else this.#insert(messages, index, node);
    if (was) ((place < 0 ? null : sameControl(node, was, place)) ?? node.firstChild).focus({ preventScroll: true });
  }

  #insert(messages, index, node) {
    const next = messages.slice(index + 1).map((message) => this.#nodes.get(message.id)).find(Boolean);
    const before = messages[index - 1];
    if (!before || !isSameDay(sentAt(before), sentAt(messages[index]))) this.list.insertBefore(this.#day(messages[index]), next ?? null);
    this.list.insertBefore(node, next ?? null);
    node.classList.add("fresh");
  }

  #remove(id) {
    const node = this.#nodes.get(id);
    if (!node) return;
    const hadFocus = node.contains(document.activeElement);
    const next = node.nextElementSibling;
    node.remove();
    this.#nodes.delete(id);
    const { messages } = this.#store.history(this.#channel.id);
    const index = messages.findIndex((message) => message.id === next?.dataset.messageId);
    if (index >= 0) this.#put(messages, index);
    if (hadFocus) this.emit("lost-focus");
  }

  #drawPending() {
    const entries = this.#channel ? this.#interactions.pendingIn(this.#channel.id) : [];
    fill(this.pending, entries.map((entry) => this.#pendingNode(entry)));
    if (this.#isAtBottom) this.#pin();
  }

  #pendingNode(entry) {
    const { me, bot } = this.#store;
    const used = h("div", { class: "above" }, h("span", { class: "above-spine" }), avatar(me, "xs"), h("strong", {}, displayName(me)),
      " used ",
      h("span", { class: "used-command" }, icon("slash", 14), entry.name));
    const said = entry.error
      ? [h("div", { class: "failed", role: "alert", "data-testid": "command-failed" }, icon("warning", 16), entry.error),
        h("div", { class: "only-you" }, icon("eye", 16), "Only you can see this · ",
          h("button", { type: "button", class: "text-button", onclick: () => this.#interactions.dismiss(entry.key) }, "Dismiss message"))]
      : h("div", { class: "content thinking", role: "status" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        "Sending command…");
    return h("article", { class: "message first ephemeral" }, used, h("span", { class: "gutter" }, avatar(bot)),
      h("div", { class: "body" }, h("div", { class: "byline" }, h("span", { class: "author" }, displayName(bot)), appTag()), said));
  }

  #welcome() {
    const channel = this.#channel;
    const name = isDirect(channel) ? channel.name : isThread(channel) ? channel.name : `Welcome to #${channel.name}!`;
    const about = isDirect(channel)
      ? `This is the beginning of your direct messages with ${channel.name}.`
      : isThread(channel) ? "This is the start of the thread." : channel.topic || `This is the start of the #${channel.name} channel.`;
    return h("div", { class: "welcome" }, h("span", { class: "welcome-icon" }, icon(channelIcon(channel.type), 40)),
      h("h2", {}, name), h("p", { class: "markup" }, markdown(about, { blocks: false })));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // the end of an answer that is longer than the page is seen only at the very bottom
    this.#isAtBottom = scrollHeight - scrollTop - clientHeight < (this.#isCut ? AT_BOTTOM_PX : NEAR_BOTTOM_PX);
    if (this.#isAtBottom) {
      this.#setUnseen(0);
      this.#isCut = false;
    }
    const isNear = scrollHeight - scrollTop - clientHeight < clientHeight;
    this.pill.hidden = this.#isAtBottom || (!this.#unseen && !this.#isCut && isNear);
    if (!this.#unseen) this.#labelPill();
    if (scrollTop < NEAR_TOP_PX && this.#channel) this.#older();
  }

  async #older() {
    try {
      await this.#store.loadOlder(this.#channel.id);
    } catch (error) {
      fill(this.top, this.#problem(error.message));
    }
  }

  #setUnseen(count) {
    this.#unseen = count;
    if (count) this.pill.hidden = false;
    this.#labelPill();
  }

  #labelPill() {
    const text = this.#unseen ? `${this.#unseen} new message${this.#unseen === 1 ? "" : "s"}` : this.#isCut ? "More below" : "Jump to present";
    this.pill.classList.toggle("unseen", this.#unseen > 0);
    fill(this.pill, text, icon("down", 18));
  }

  #pin() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#pinnedAt = this.scroller.scrollTop;
  }

  toBottom() {
    this.#isAtBottom = true;
    this.#pin();
    this.#setUnseen(0);
    this.pill.hidden = true;
  }

  /** Up and down go from message to message, as in a list. */
  #keys(event) {
    const rows = [...this.list.querySelectorAll(".row > article")];
    const current = document.activeElement?.closest?.(".row > article");
    const isOnMessage = current && document.activeElement === current;
    if (event.target !== this.scroller && !isOnMessage) return;
    const at = current ? rows.indexOf(current) : rows.length;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined && rows.length) {
      event.preventDefault();
      rows[Math.max(0, Math.min(to, rows.length - 1))].focus();
    } else if (isOnMessage && (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))) {
      event.preventDefault();
      current.querySelector('[data-testid="message-menu"]')?.click();
    } else if (event.key === "Escape") this.emit("leave");
  }
}
