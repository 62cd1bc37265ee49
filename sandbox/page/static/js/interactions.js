import { Emitter } from "./dom.js";

const COMMAND = 2;
const LONGEST_WAIT_MS = 15_000; // the server says so after 3 s; this is for a server that went away
const SILENT_MS = 4_000; // a press may be taken without a word: no failure within the 3 s means that it was taken

const ofMessage = (message) => message.interaction_metadata?.id ?? message.interaction?.id ?? null;

/**
 * What was asked of the bot and is not answered yet. `send` posts an interaction and settles with null once the bot
 * answered, or with the sentence that says why not. Emits `pending` whenever the list for a channel changes.
 */
export class Interactions extends Emitter {
  #api;
  #waiting = new Map(); // id -> {settle, messageId}
  #early = new Map(); // answers that came before the server told us the interaction's id
  pendingCommands = new Map(); // key -> {channelId, name, error, since}

  constructor(api, store) {
    super();
    this.#api = api;
    this.store = store;
  }

  /** Post an interaction. Resolves to null when answered, to a sentence when refused or failed. */
  async send(body) {
    let answer;
    const watch = { messageId: body.message_id ?? null };
    const outcome = new Promise((resolve) => { watch.settle = resolve; });
    try {
      answer = await this.#api.interact(body);
    } catch (error) {
      return error.message;
    }
    const id = answer?.id;
    if (this.#early.has(id)) return this.#early.get(id);
    this.#waiting.set(id, watch);
    const timer = body.type === COMMAND
      ? setTimeout(() => this.#settle(id, "The application did not respond"), LONGEST_WAIT_MS)
      : setTimeout(() => this.#settle(id, null), SILENT_MS);
    return outcome.finally(() => clearTimeout(timer));
  }

  #settle(id, error) {
    if (!id) return;
    const watch = this.#waiting.get(id);
    if (watch) {
      this.#waiting.delete(id);
      watch.settle(error);
      return;
    }
    this.#early.set(id, error);
    if (this.#early.size > 100) this.#early.delete(this.#early.keys().next().value);
  }

  /** Run a command in a channel: shows as "sending" there until it is answered. */
  async run(body, name) {
    const key = Symbol(name);
    const entry = { key, channelId: body.channel_id, name, error: null, since: new Date() };
    this.pendingCommands.set(key, entry);
    this.emit("pending", entry.channelId);
    entry.error = await this.send(body);
    if (entry.error === null) this.pendingCommands.delete(key);
    this.emit("pending", entry.channelId);
    return entry.error;
  }

  dismiss(key) {
    const entry = this.pendingCommands.get(key);
    this.pendingCommands.delete(key);
    if (entry) this.emit("pending", entry.channelId);
  }

  pendingIn(channelId) {
    return [...this.pendingCommands.values()].filter((entry) => entry.channelId === channelId);
  }

  /** The choices for the option that is being typed. */
  async choices(body) {
    return (await this.#api.interact({ ...body, type: 4 })).choices ?? [];
  }

  /** See whether a live event answers something. */
  apply(t, d) {
    if (t === "INTERACTION_FAILED") this.#settle(d.id ?? d.interaction_id, d.reason ?? d.error ?? "The application did not respond");
    else if (t === "INTERACTION_SUCCESS" || t === "INTERACTION_ANSWERED" || t === "MODAL") this.#settle(d.interaction_id ?? d.id, null);
    else if (t === "MESSAGE_CREATE") this.#settle(ofMessage(d), null);
    else if (t === "MESSAGE_UPDATE") this.#messageChanged(d);
  }

  #messageChanged(message) {
    this.#settle(ofMessage(message), null);
    for (const [id, watch] of this.#waiting) if (watch.messageId === message.id) this.#settle(id, null);
  }
}
