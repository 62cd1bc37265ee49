import { h, fill } from "./dom.js";
import { icon } from "./icons.js";
import { counted, relative } from "./format.js";
import { markdown } from "./markdown_dom.js";
import { summary } from "./message.js";
import { avatar } from "./people.js";
import { displayName } from "./store.js";

const DISCORD_EPOCH_MS = 1_420_070_400_000n;
const madeAt = (id) => new Date(Number((BigInt(id) >> 22n) + DISCORD_EPOCH_MS));

/** The posts of a forum channel, the one with the newest message first. */
export class Forum {
  #store;
  #api;
  #openPost;
  #channel = null;
  #tag = null;
  #firsts = new Map(); // post id -> its first message, or null while it is asked for

  constructor(store, api, openPost) {
    this.#store = store;
    this.#api = api;
    this.#openPost = openPost;
    this.head = h("div", { class: "forum-head" });
    this.list = h("ul", { class: "posts", "aria-label": "Posts", "data-testid": "posts" });
    this.node = h("section", { class: "forum scroller", tabindex: "0", "aria-label": "Forum" }, this.head, this.list);
    for (const event of ["channels", "activity"]) store.on(event, () => { if (this.#channel && !this.node.hidden) this.#draw(); });
    store.on("state", () => this.#firsts.clear());
  }

  show(channel) {
    this.#channel = channel;
    this.#tag = null;
    this.#draw();
    this.node.scrollTop = 0;
  }

  #draw() {
    const channel = this.#store.channels.get(this.#channel.id) ?? this.#channel;
    const recent = (post) => BigInt(post.last_message_id ?? post.id);
    const posts = this.#store.threadsOf(channel.id)
      .filter((post) => !this.#tag || post.applied_tags?.includes(this.#tag))
      .sort((a, b) => (recent(a) > recent(b) ? -1 : 1));
    fill(this.head, channel.topic ? h("p", { class: "forum-topic markup" }, markdown(channel.topic, { blocks: false })) : null,
      this.#tags(channel));
    fill(this.list, posts.map((post) => h("li", {}, this.#post(post, channel))),
      posts.length ? null : h("li", { class: "empty" }, icon("forum", 40), h("p", {}, "There are no posts yet.")));
  }

  #tags(channel) {
    if (!channel.available_tags?.length) return null;
    const toggle = (id) => { this.#tag = this.#tag === id ? null : id; this.#draw(); };
    return h("div", { class: "forum-tags", role: "group", "aria-label": "Filter by tag" }, channel.available_tags.map((tag) =>
      h("button", { type: "button", class: "tag", "aria-pressed": String(this.#tag === tag.id), onclick: () => toggle(tag.id) },
        tag.name)));
  }

  #post(post, channel) {
    const first = this.#first(post);
    const tags = (channel.available_tags ?? []).filter((tag) => post.applied_tags?.includes(tag.id));
    const isNew = this.#store.unread.has(post.id);
    return h("button", { type: "button", class: `post${isNew ? " unread" : ""}`, "data-channel-id": post.id, "data-testid": "post",
      onclick: () => this.#openPost(post.id) },
      tags.length ? h("span", { class: "post-tags" }, tags.map((tag) => h("span", { class: "tag" }, tag.name))) : null,
      h("strong", { class: "post-title" }, post.name),
      first ? h("span", { class: "post-start" }, avatar(first.author, "xs"), h("b", {}, displayName(first.author)),
        ` ${summary(first).slice(0, 220)}`) : null,
      h("span", { class: "post-foot" }, icon("thread", 16), counted(post.message_count ?? 0, "message"),
        h("span", { class: "bullet" }, "•"),
        relative(madeAt(post.last_message_id ?? post.id))));
  }

  /** A post's first message; asked for once, drawn when it is there. */
  #first(post) {
    if (this.#firsts.has(post.id)) return this.#firsts.get(post.id);
    this.#firsts.set(post.id, null);
    const after = String(BigInt(post.id) + 1n); // a post's first message has the post's own id
    this.#api.messages(post.id, after, 1).then((messages) => {
      this.#firsts.set(post.id, messages[0] ?? null);
      if (this.node.isConnected && this.#channel?.id === post.parent_id) this.#draw();
    }, () => this.#firsts.delete(post.id));
    return null;
  }
}
