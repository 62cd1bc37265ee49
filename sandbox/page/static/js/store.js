import { Emitter } from "./dom.js";

export const FLAG = { SUPPRESS_EMBEDS: 1 << 2, HAS_THREAD: 1 << 5, EPHEMERAL: 1 << 6, LOADING: 1 << 7, V2: 1 << 15 };

/** Whether a message carries a flag. */
export const has = (message, flag) => Boolean((message.flags ?? 0) & flag);

const PAGE = 50;
const THREADS = new Set([10, 11, 12]);
const FORUMS = new Set([15, 16]);

export const isThread = (channel) => THREADS.has(channel?.type);
export const isForum = (channel) => FORUMS.has(channel?.type);
export const isDirect = (channel) => channel?.type === 1 || channel?.type === 3;

/** A user's name as people read it. */
export const displayName = (user) => user?.global_name || user?.username || "Unknown";

const byId = (a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

/**
 * All that the page knows. Emits `state` (guilds, people, names), `channels` (lists and marks of unread),
 * `activity(channel)`, `history(channel)`, `message(channel, id)`, `removed(channel, id)`, `typing(channel)`, `status`.
 */
export class Store extends Emitter {
  me = null;
  bot = null;
  botOnline = false;
  applicationId = null;
  guilds = [];
  channels = new Map();
  users = new Map();
  roles = new Map();
  histories = new Map();
  unread = new Set();
  typing = new Map();
  open = null;
  #dismissed = new Set();
  #api;

  constructor(api) {
    super();
    this.#api = api;
  }

  /** Read everything anew; what was loaded of channels is forgotten. */
  async load() {
    const state = await this.#api.state();
    this.me = state.me;
    this.bot = state.bot;
    this.applicationId = state.application_id;
    this.botOnline = state.bot.online;
    this.guilds = state.guilds;
    this.users = new Map([[state.me.id, state.me], [state.bot.id, state.bot]]);
    this.channels.clear();
    this.roles.clear();
    this.histories.clear();
    for (const guild of state.guilds) this.#takeGuild(guild);
    for (const channel of state.dms ?? []) this.takeChannel({ ...channel, guild_id: null });
    this.emit("state");
    this.emit("status");
  }

  #takeGuild(guild) {
    for (const channel of [...guild.channels, ...(guild.threads ?? [])]) this.takeChannel({ ...channel, guild_id: guild.id });
    for (const role of guild.roles ?? []) this.roles.set(role.id, { ...role, guild_id: guild.id });
    for (const member of guild.members ?? []) this.takeUser(member.user);
  }

  takeUser(user) {
    if (user) this.users.set(user.id, { ...this.users.get(user.id), ...user });
  }

  takeChannel(channel) {
    const known = { ...this.channels.get(channel.id), ...channel };
    if (isDirect(known)) known.name = displayName((known.recipients ?? []).find((user) => user.id !== this.me?.id) ?? this.bot);
    this.channels.set(channel.id, known);
  }

  guild(id) {
    return this.guilds.find((guild) => guild.id === id) ?? null;
  }

  /** The channels (no threads) of a guild in the order of Discord's list. */
  channelsOf(guildId) {
    return [...this.channels.values()]
      .filter((channel) => channel.guild_id === guildId && !isThread(channel))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || byId(a, b));
  }

  /** A channel's threads, the newest first. */
  threadsOf(channelId) {
    return [...this.channels.values()].filter((channel) => isThread(channel) && channel.parent_id === channelId).sort(byId).reverse();
  }

  directChannels() {
    return [...this.channels.values()].filter(isDirect).sort(byId);
  }

  membersOf(guildId) {
    return this.guild(guildId)?.members ?? [];
  }

  /** This person's role ids in a guild. */
  myRoles(guildId) {
    return this.membersOf(guildId).find((member) => member.user.id === this.me.id)?.roles ?? [];
  }

  nameOf(user, guildId) {
    const member = this.membersOf(guildId).find((each) => each.user.id === user?.id);
    return member?.nick || displayName(this.users.get(user?.id) ?? user);
  }

  /** Whether a message pings this person, or everybody. */
  isPinged(message) {
    if (message.mention_everyone || message.mentions?.some((user) => user.id === this.me.id)) return true;
    const mine = new Set(this.myRoles(this.channels.get(message.channel_id)?.guild_id));
    return (message.mention_roles ?? []).some((role) => mine.has(role));
  }

  history(channelId) {
    if (!this.histories.has(channelId)) {
      this.histories.set(channelId, { messages: [], isComplete: false, isLoaded: false, loading: null });
    }
    return this.histories.get(channelId);
  }

  message(channelId, id) {
    return this.history(channelId).messages.find((message) => message.id === id) ?? null;
  }

  /** Load a channel's newest messages once. */
  async loadNewest(channelId) {
    const history = this.history(channelId);
    if (history.isLoaded) return;
    history.loading ??= this.#api.messages(channelId).finally(() => { history.loading = null; });
    const messages = await history.loading;
    if (this.histories.get(channelId) !== history) return;
    history.isLoaded = true;
    history.isComplete = messages.length < PAGE;
    this.#merge(history, messages);
    this.emit("history", channelId);
  }

  /** Load what is before the oldest known message. Returns how many came. */
  async loadOlder(channelId) {
    const history = this.history(channelId);
    if (history.isComplete || history.loading || !history.isLoaded) return 0;
    const before = history.messages[0]?.id;
    history.loading = this.#api.messages(channelId, before).finally(() => { history.loading = null; });
    const messages = await history.loading;
    if (this.histories.get(channelId) !== history) return 0;
    history.isComplete = messages.length < PAGE;
    this.#merge(history, messages);
    this.emit("history", channelId);
    return messages.length;
  }

  #merge(history, messages) {
    const known = new Map(messages.map((message) => [message.id, message]));
    for (const message of history.messages) known.set(message.id, message);
    history.messages = [...known.values()].filter((message) => !this.#dismissed.has(message.id)).sort(byId);
    for (const message of messages) this.takeUser(message.author);
  }

  /** Forget what was loaded after the connection was lost; the open channel is read again by its view. */
  forgetHistories() {
    this.histories.clear();
  }

  dismiss(channelId, id) {
    this.#dismissed.add(id);
    this.#remove(channelId, id);
  }

  #remove(channelId, id) {
    const history = this.history(channelId);
    history.messages = history.messages.filter((message) => message.id !== id);
    this.emit("removed", channelId, id);
  }

  markRead(channelId) {
    if (this.unread.delete(channelId)) this.emit("channels");
  }

  /** Take one live event in. Events that are not about state (modals, failures) are for others. */
  apply(t, d) {
    this[`on_${t}`]?.(d);
  }

  on_MESSAGE_CREATE(message) {
    this.takeUser(message.author);
    const channel = this.channels.get(message.channel_id);
    if (channel) {
      channel.last_message_id = message.id;
      if (isThread(channel)) channel.message_count = (channel.message_count ?? 0) + 1;
    }
    this.#stopTyping(message.channel_id, message.author.id);
    const history = this.history(message.channel_id);
    if (history.isLoaded || history.loading) this.#merge(history, [message]);
    this.emit("message", message.channel_id, message.id, true);
    this.emit("activity", message.channel_id);
    if (message.channel_id === this.open || message.author.id === this.me.id || this.unread.has(message.channel_id)) return;
    this.unread.add(message.channel_id);
    this.emit("channels");
  }

  on_MESSAGE_UPDATE(change) {
    const old = this.message(change.channel_id, change.id);
    if (!old) return;
    Object.assign(old, change);
    this.emit("message", change.channel_id, change.id, false);
  }

  on_MESSAGE_DELETE({ id, channel_id: channelId }) {
    this.#remove(channelId, id);
  }

  on_MESSAGE_DELETE_BULK({ ids, channel_id: channelId }) {
    for (const id of ids) this.#remove(channelId, id);
  }

  #channelChanged(channel) {
    this.takeChannel({ ...channel, guild_id: channel.guild_id ?? null });
    this.emit("channels");
  }

  on_CHANNEL_CREATE(channel) { this.#channelChanged(channel); }
  on_CHANNEL_UPDATE(channel) { this.#channelChanged(channel); }
  on_THREAD_CREATE(channel) { this.#channelChanged(channel); }
  on_THREAD_UPDATE(channel) { this.#channelChanged(channel); }
  on_CHANNEL_DELETE({ id }) {
    this.channels.delete(id);
    this.histories.delete(id);
    this.emit("channels");
  }
  on_THREAD_DELETE(thread) { this.on_CHANNEL_DELETE(thread); }

  on_GUILD_ROLE_CREATE({ guild_id: guildId, role }) {
    this.roles.set(role.id, { ...role, guild_id: guildId });
  }
  on_GUILD_ROLE_UPDATE(d) { this.on_GUILD_ROLE_CREATE(d); }

  on_BOT_STATUS(d) {
    this.botOnline = d.online;
    this.emit("status");
  }

  on_TYPING_START({ channel_id: channelId, user_id: userId }) {
    if (userId === this.me.id) return;
    const inChannel = this.typing.get(channelId) ?? new Map();
    clearTimeout(inChannel.get(userId));
    inChannel.set(userId, setTimeout(() => this.#stopTyping(channelId, userId), 10_000)); // Discord shows it for 10 s
    this.typing.set(channelId, inChannel);
    this.emit("typing", channelId);
  }

  #stopTyping(channelId, userId) {
    const inChannel = this.typing.get(channelId);
    if (!inChannel?.has(userId)) return;
    clearTimeout(inChannel.get(userId));
    inChannel.delete(userId);
    this.emit("typing", channelId);
  }

  typingIn(channelId) {
    return [...(this.typing.get(channelId)?.keys() ?? [])].map((id) => displayName(this.users.get(id)));
  }
}
