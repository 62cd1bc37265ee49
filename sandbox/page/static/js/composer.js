import { h, Emitter, memory } from "./dom.js";
import { icon } from "./icons.js";
import { CommandBox } from "./command_box.js";
import { matching, typeable, typedCommand } from "./command_model.js";
import { ListBox } from "./listbox.js";
import { avatar } from "./people.js";
import { isDirect } from "./store.js";

const MOST_TEXT = 2000; // Discord's limit for a message

/** The message box: text for people, commands after a slash. Emits `leave` when the arrow goes up to the messages. */
export class Composer extends Emitter {
  #store;
  #api;
  #interactions;
  #channel = null;
  #commands = [];
  #box = null;
  #drafts = new Map();

  constructor(store, api, interactions) {
    super();
    this.#store = store;
    this.#api = api;
    this.#interactions = interactions;
    this.popup = new ListBox("autocomplete");
    this.input = h("textarea", {
      class: "composer-input", rows: 1, role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-autocomplete": "list",
      "data-testid": "message-box", enterkeyhint: "send", autocomplete: "off",
    });
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#keys(event));
    this.input.addEventListener("blur", () => this.popup.hide());
    this.input.addEventListener("focus", () => this.#offerCommands());
    this.slash = h("button",
      { type: "button", class: "composer-button", title: "Use a command", "aria-label": "Use a command", "data-testid": "use-command",
      onclick: () => this.#start("/") }, icon("slash", 22));
    this.send = h("button",
      { type: "button", class: "composer-button send", title: "Send", "aria-label": "Send", "data-testid": "send",
      onclick: () => this.#submit() }, icon("send", 22));
    this.cancel = h("button",
      { type: "button", class: "composer-button", title: "Cancel command", "aria-label": "Cancel command", hidden: true,
      onclick: () => this.#leaveCommand("") }, icon("close", 18));
    this.place = h("div", { class: "composer-place" }, this.input);
    this.counter = h("span", { class: "counter", hidden: true });
    this.notice = h("div", { class: "composer-notice", role: "alert", hidden: true });
    this.hint = h("div", { class: "hint", hidden: true, "data-testid": "hint" });
    this.typing = h("div", { class: "typing", role: "status", "data-testid": "typing" });
    this.node = h("div", { class: "composer" }, this.hint, this.notice,
      h("div", { class: "composer-bar" }, this.popup.node, this.slash, this.place, this.counter, this.cancel, this.send), this.typing);
    store.on("typing", (id) => { if (id === this.#channel?.id) this.#drawTyping(); });
    store.on("status", () => this.#drawHint());
  }

  get commands() {
    return this.#commands;
  }

  /** Take the commands that this person may use here. */
  setCommands(commands) {
    this.#commands = typeable(commands);
    this.#drawHint();
    if (document.activeElement === this.input && !this.#box) this.#typed();
  }

  show(channel) {
    if (this.#channel && !this.#box) this.#drafts.set(this.#channel.id, this.input.value);
    this.#closeBox();
    this.#channel = channel;
    const name = `${isDirect(channel) ? "@" : "#"}${channel.name}`;
    this.input.placeholder = `Message ${name}`;
    this.input.setAttribute("aria-label", `Message ${name}`);
    this.input.value = this.#drafts.get(channel.id) ?? "";
    this.#say("");
    this.#fit();
    this.#drawTyping();
    this.#drawHint();
  }

  focus() {
    if (this.#box) this.#box.focus();
    else this.input.focus({ preventScroll: true });
  }

  #say(text) {
    this.notice.hidden = !text;
    this.notice.textContent = text;
  }

  #drawTyping() {
    const names = this.#channel ? this.#store.typingIn(this.#channel.id) : [];
    this.typing.replaceChildren();
    if (!names.length) return;
    this.typing.append(h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("strong", {}, names.join(", ")), names.length > 1 ? " are typing…" : " is typing…");
  }

  #drawHint() {
    const search = this.#commands.find((leaf) => leaf.name === "search");
    this.hint.hidden = !search || memory.get("hint") === "seen" || !this.#store.botOnline;
    if (this.hint.hidden) return;
    const dismiss = () => { memory.set("hint", "seen"); this.hint.hidden = true; };
    this.hint.replaceChildren(
      h("span", { class: "hint-text" }, "New here? Type ", h("kbd", {}, "/"), " for all commands, or find a story again:"),
      h("button", { type: "button", class: "button button-primary small", "data-testid": "hint-try",
        onclick: () => { this.#openCommand(search, new Map()); } }, "Try /search"),
      h("button", { type: "button", class: "composer-button", "aria-label": "Dismiss hint", "data-testid": "hint-dismiss",
        onclick: () => { dismiss(); this.focus(); } }, icon("close", 16)));
  }

  #start(text) {
    if (this.#box) return this.#leaveCommand("/");
    this.input.value = text;
    this.input.focus();
    this.#typed();
  }

  #typed() {
    this.#fit();
    this.#say("");
    const whole = typedCommand(this.#commands, this.input.value);
    if (whole) this.#openCommand(whole.leaf, whole.values);
    else this.#offerCommands();
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, innerHeight * 0.4)}px`;
    const left = MOST_TEXT - this.input.value.length;
    this.counter.hidden = left > 200;
    this.counter.textContent = String(left);
    this.counter.classList.toggle("over", left < 0);
    this.node.classList.toggle("has-text", this.input.value.trim() !== "" || this.#box !== null);
  }

  #offerCommands() {
    const typed = /^\/([\w -]*)$/.exec(this.input.value)?.[1];
    if (typed === undefined) return this.popup.hide();
    const found = matching(this.#commands, typed);
    const none = this.#commands.length ? "No command fits. Esc posts it as plain text." : "No commands here: is the bot online?";
    this.popup.show(this.input, {
      heading: typed ? "Commands matching" : "Commands", note: typed ? `/${typed}` : "",
      status: found.length ? "" : none,
      entries: found.map((leaf) => ({
        label: `/${leaf.name}`, note: leaf.description, tag: this.#store.bot?.username, picture: () => avatar(this.#store.bot, "s"),
        choose: () => this.#openCommand(leaf, new Map()),
      })),
    });
  }

  #openCommand(leaf, values) {
    this.popup.hide();
    this.#closeBox();
    const place = () => ({ guildId: this.#channel.guild_id ?? undefined, channelId: this.#channel.id });
    const choices = (body) => this.#interactions.choices(body);
    this.#box = new CommandBox(leaf, { store: this.#store, choices, popup: this.popup, place, values });
    this.#box.on("leave", (text) => this.#leaveCommand(text));
    this.#box.on("run", (body, name) => this.#run(body, name));
    this.input.value = "";
    this.input.hidden = true;
    this.cancel.hidden = false;
    this.place.append(this.#box.node);
    this.node.classList.add("has-text", "in-command");
    this.#say("");
    this.#box.focus();
  }

  #closeBox() {
    this.popup.hide();
    this.#box?.node.remove();
    this.#box = null;
    this.input.hidden = false;
    this.cancel.hidden = true;
    this.node.classList.remove("in-command");
  }

  #leaveCommand(text) {
    this.#closeBox();
    this.input.value = text;
    this.input.focus();
    this.#fit();
    this.#offerCommands();
  }

  #run(body, name) {
    memory.set("hint", "seen");
    this.hint.hidden = true;
    this.#closeBox();
    this.#fit();
    this.input.focus();
    this.emit("sent");
    this.#interactions.run(body, name);
  }

  #keys(event) {
    if (event.isComposing) return;
    if (this.popup.isOpen && this.#popupKeys(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && !this.input.value) {
      event.preventDefault();
      this.emit("leave");
    }
  }

  #popupKeys(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.popup.move(event.key === "ArrowDown" ? 1 : -1);
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.popup.hasActive) this.popup.choose();
    else if (event.key === "Escape") this.popup.hide();
    else return false;
    return true;
  }

  async #submit() {
    if (this.#box) return this.#box.submit();
    const content = this.input.value.trim();
    if (!content) return;
    if (content.length > MOST_TEXT) return this.#say(`A message holds at most ${MOST_TEXT.toLocaleString()} characters.`);
    const channel = this.#channel;
    this.popup.hide();
    this.input.value = "";
    this.#fit();
    this.emit("sent");
    try {
      await this.#api.post(channel.id, content);
    } catch (error) {
      if (this.#channel === channel && !this.input.value) this.input.value = content;
      this.#fit();
      this.#say(error.message);
    }
  }
}
