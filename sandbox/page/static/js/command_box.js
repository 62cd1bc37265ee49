import { h, debounce, Emitter, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { interactionData, readValue, TYPE } from "./command_model.js";
import { localChoices, offers } from "./suggestions.js";

const TYPING_PAUSE_MS = 150;
const KEYBOARD = { [TYPE.INTEGER]: "numeric", [TYPE.NUMBER]: "decimal" };

/**
 * A command with its options, in place of the message box's text.
 * Emits `run(body, name)`, `leave(text)` (the command is given up) and `changed`.
 */
export class CommandBox extends Emitter {
  #store;
  #choices;
  #popup;
  #fields = [];
  #question = 0;
  #isDismissed = false;

  /** `choices(body)` asks the bot; `popup` is the list above the box; `place` says where one is. */
  constructor(leaf, { store, choices, popup, place, values = new Map() }) {
    super();
    this.leaf = leaf;
    this.#store = store;
    this.#choices = choices;
    this.#popup = popup;
    this.place = place;
    this.pills = h("div", { class: "pills" });
    this.more = h("button",
      { type: "button", class: "pill-more", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
      "data-testid": "more-options" });
    this.more.addEventListener("focus", () => this.#showOptional());
    this.more.addEventListener("click", () => this.#showOptional());
    this.node = h("div", { class: "command-box", role: "group", tabindex: "-1", "aria-label": `Command /${leaf.name}`,
      "data-testid": "command-box" },
      h("span", { class: "command-token" }, icon("slash", 16), leaf.name), this.pills, this.more);
    this.#ask = debounce((field) => this.#askBot(field), TYPING_PAUSE_MS);
    for (const option of leaf.options) if (option.required || values.has(option.name)) this.#addField(option,
      values.get(option.name) ?? "");
    this.#labelMore();
    this.node.addEventListener("keydown", (event) => this.#keys(event));
    this.node.addEventListener("focusout",
      () => setTimeout(() => { if (!this.node.contains(document.activeElement)) this.#popup.hide(); }));
  }

  #ask;

  #addField(option, text = "") {
    const hintId = freshId("hint");
    const input = h("input", {
      type: "text", class: "pill-input", role: "combobox", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      enterkeyhint: "send",
      inputmode: KEYBOARD[option.type], "aria-label": `${option.name}: ${option.description}`,
      "aria-autocomplete": offers(option) ? "list" : "none",
      "aria-expanded": "false", "aria-required": option.required ? "true" : null, "data-testid": "option-input", "data-option": option.name,
      size: 1, value: text,
    });
    const grow = h("span", { class: "grow", "data-value": text }, input);
    const error = h("span", { class: "sr-only", id: hintId });
    const node = h("span", { class: "pill", "data-testid": "command-option", "data-option": option.name, onclick: () => input.focus() },
      h("span", { class: "pill-name" }, option.name), grow, error);
    const field = { option, input, grow, node, error, text, choice: null, problem: "" };
    input.addEventListener("input", () => this.#typed(field));
    input.addEventListener("focus", () => { this.#isDismissed = false; this.#suggest(field, true); });
    input.addEventListener("blur", () => this.#left(field));
    this.#fields.push(field);
    this.pills.append(node);
    return field;
  }

  #typed(field) {
    field.text = field.input.value;
    field.grow.dataset.value = field.text;
    field.choice = null;
    this.#isDismissed = false;
    this.#setProblem(field, "");
    this.#suggest(field, false);
    this.emit("changed");
  }

  #left(field) {
    const { error } = readValue(field.option, field);
    if (error && field.text.trim()) this.#setProblem(field, error);
  }

  #setProblem(field, problem) {
    field.problem = problem;
    field.node.classList.toggle("wrong", Boolean(problem));
    field.error.textContent = problem;
    if (problem) {
      field.input.setAttribute("aria-invalid", "true");
      field.input.setAttribute("aria-describedby", field.error.id);
    } else field.input.removeAttribute("aria-invalid");
  }

  #suggest(field, isNow) {
    const { option } = field;
    const guildId = this.place().guildId;
    const local = field.choice ? [] : localChoices(option, field.text, this.#store, guildId);
    this.#question++;
    if (local || !option.autocomplete) {
      this.#list(field, local ?? [], offers(option) && !field.choice && !local.length ? "Nothing on the list fits" : "");
      return;
    }
    if (!this.#popup.isOpen || isNow) this.#list(field, [], "Loading…");
    if (isNow) this.#askBot(field);
    else this.#ask(field);
  }

  async #askBot(field) {
    const question = ++this.#question;
    const isCurrent = () => question === this.#question && document.activeElement === field.input && !this.#isDismissed;
    const given = this.#fields.filter((each) => each === field || each.text.trim()).map((each) => ({
      option: each.option, value: each === field ? field.text : readValue(each.option, each).value ?? each.text, isFocused: each === field,
    }));
    try {
      const choices = await this.#choices(this.#body(given));
      if (isCurrent()) this.#list(field, choices, choices.length ? "" : "No options match your search");
    } catch (error) {
      if (isCurrent()) this.#list(field, [], `Loading options failed. ${error.message}`);
    }
  }

  #list(field, choices, status) {
    if (document.activeElement !== field.input || this.#isDismissed) return;
    this.#popup.show(field.input, {
      heading: field.option.name, note: field.option.description, error: field.problem, status,
      entries: choices.map((choice) => ({
        label: choice.name, note: choice.note, picture: choice.picture, choose: () => this.#choose(field, choice),
      })),
    });
  }

  #choose(field, choice) {
    field.choice = choice;
    field.text = choice.name;
    field.input.value = choice.name;
    field.grow.dataset.value = choice.name;
    this.#setProblem(field, "");
    this.#question++;
    const next = this.#fields.find((each) => each !== field && each.option.required && !each.text.trim());
    if (next) next.input.focus();
    else this.#list(field, [], "");
    this.emit("changed");
  }

  #unused() {
    return this.leaf.options.filter((option) => !this.#fields.some((field) => field.option === option) && option.type !== TYPE.ATTACHMENT);
  }

  #labelMore() {
    const count = this.#unused().length;
    this.more.hidden = count === 0;
    this.more.textContent = `+${count} optional`;
    this.more.setAttribute("aria-label", `Add one of ${count} optional options`);
  }

  #showOptional() {
    this.#popup.show(this.more, {
      heading: "Optional", note: matchMedia("(hover: hover)").matches ? "Arrow keys choose, Enter adds" : "Tap to add", isPassive: true,
      entries: this.#unused().map((option) => ({
        label: option.name, note: option.description, choose: () => this.#addOptional(option),
      })),
    });
  }

  #addOptional(option) {
    const field = this.#addField(option);
    this.#labelMore();
    field.input.focus();
  }

  #removeField(field) {
    const index = this.#fields.indexOf(field);
    this.#fields.splice(index, 1);
    field.node.remove();
    this.#labelMore();
    const beside = this.#fields[Math.max(0, index - 1)];
    if (beside) beside.input.focus();
    else this.more.focus();
  }

  #keys(event) {
    const field = this.#fields.find((each) => each.input === event.target);
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#popup.move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") this.#enter();
    else if (event.key === "Escape") this.#escape();
    else if (event.key === "Tab" && !event.shiftKey && field) return this.#tab(event, field);
    else if (event.key === "Backspace" && this.#isAtStart(field)) this.#back(field);
    else return;
    event.preventDefault();
  }

  #isAtStart(field) {
    return field ? !field.input.value : [this.more, this.node].includes(document.activeElement);
  }

  #enter() {
    if (this.#popup.hasActive) this.#popup.choose();
    else this.submit();
  }

  #escape() {
    if (this.#popup.isOpen && !this.#isDismissed) {
      this.#isDismissed = true;
      this.#popup.hide();
    } else this.emit("leave", "");
  }

  #tab(event, field) {
    if (!this.#popup.hasActive || field.choice || !field.text) return;
    event.preventDefault();
    this.#popup.choose();
  }

  #back(field) {
    if (field && !field.option.required) return this.#removeField(field);
    const index = field ? this.#fields.indexOf(field) : this.#fields.length;
    if (index > 0) this.#fields[index - 1].input.focus();
    else this.emit("leave", `/${this.leaf.name}`);
  }

  #body(given) {
    const { guildId, channelId } = this.place();
    return { type: 2, guild_id: guildId, channel_id: channelId, data: interactionData(this.leaf, given, guildId) };
  }

  /** Send the command if every field is right; else say at the first wrong one what is wrong. */
  submit() {
    const read = this.#fields.map((field) => [field, readValue(field.option, field)]);
    for (const [field, { error }] of read) this.#setProblem(field, error ?? "");
    const wrong = read.find(([, { error }]) => error)?.[0];
    if (wrong) {
      wrong.input.focus();
      this.#suggest(wrong, true);
      return;
    }
    const given = read.filter(([, { value }]) => value !== undefined).map(([{ option }, { value }]) => ({ option, value }));
    this.#popup.hide();
    this.emit("run", this.#body(given), this.leaf.name);
  }

  focus() {
    const empty = this.#fields.find((field) => !field.text.trim()) ?? this.#fields.at(-1);
    if (empty) {
      empty.input.focus();
      empty.input.setSelectionRange(empty.input.value.length, empty.input.value.length);
    } else this.more.hidden ? this.node.focus() : this.more.focus();
  }
}
