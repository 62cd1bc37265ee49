import { h, freshId } from "./dom.js";
import { icon, channelIcon } from "./icons.js";
import { closeMenu, float, place } from "./menu.js";
import { avatar } from "./people.js";
import { displayName } from "./store.js";

const emojiText = (emoji) => (emoji ? (emoji.id ? `:${emoji.name}:` : emoji.name) : null);

/** The choices of any of the five kinds of select menus. */
export function choicesOf(component, store, guildId) {
  const members = store.membersOf(guildId).map(({ user }) => ({
    value: user.id, label: displayName(user), description: user.username, picture: () => avatar(user, "s"),
  }));
  const roles = [...store.roles.values()].filter((role) => role.guild_id === guildId)
    .map((role) => ({ value: role.id, label: role.name, picture: () => icon("role", 20) }));
  const wanted = component.channel_types;
  const channels = store.channelsOf(guildId).flatMap((channel) => [channel, ...store.threadsOf(channel.id)])
    .filter((channel) => !wanted?.length || wanted.includes(channel.type))
    .map((channel) => ({ value: channel.id, label: channel.name, picture: () => icon(channelIcon(channel.type), 20) }));
  const own = (component.options ?? []).map((option) => ({ ...option, emoji: emojiText(option.emoji) }));
  return { 3: own, 5: members, 6: roles, 7: [...members, ...roles], 8: channels }[component.type];
}

/**
 * A select menu. `onchoose(values)` is called when the reader has chosen; a menu of several choices asks once it is
 * closed. The node has `.values`.
 */
export function selectNode(component, choices, { onchoose = () => {}, label = null, isDisabled = false } = {}) {
  const most = component.max_values ?? 1;
  const preset = [...choices.filter((choice) => choice.default).map((choice) => choice.value),
    ...(component.default_values ?? []).map((each) => each.id)];
  const state = { values: preset.slice(0, most) };
  const face = h("span", { class: "select-face" });
  const button = h("button", {
    type: "button", class: "select", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
    "aria-label": label ?? component.placeholder ?? "Choose", disabled: isDisabled,
    "data-key": component.custom_id, "data-testid": "select", onclick: () => toggle(),
  }, face, icon("down", 18));
  const named = (value) => choices.find((choice) => choice.value === value)?.label ?? value;
  const draw = () => {
    face.textContent = state.values.length ? state.values.map(named).join(", ") : component.placeholder ?? "Make a selection";
    face.classList.toggle("is-empty", !state.values.length);
  };
  const done = (values) => {
    state.values = values;
    draw();
    onchoose(values);
  };
  const toggle = () => (button.getAttribute("aria-expanded") === "true" ? closeMenu() : openList(button, choices, component, state, done));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    toggle();
  });
  draw();
  Object.defineProperty(button, "values", { get: () => state.values });
  return button;
}

function openList(button, choices, component, state, done) {
  const most = component.max_values ?? 1;
  const least = component.min_values ?? 1;
  const isMany = most > 1;
  const before = state.values;
  let picked = [...before];
  let query = "";
  let shown = choices;
  let active = Math.max(0, choices.findIndex((choice) => picked.includes(choice.value)));
  const list = h("div",
    { class: "select-list", role: "listbox", id: freshId("list"), tabindex: "-1", "aria-multiselectable": isMany ? "true" : null,
    "aria-label": component.placeholder ?? "Choices" });
  const search = component.type === 3 ? null
    : h("input", { class: "select-search", type: "text", placeholder: "Search", "aria-label": "Search",
    oninput: () => { query = search.value.toLowerCase(); active = 0; draw(); } });
  const box = h("div", { class: "select-box", "data-testid": "select-list" }, search, list);

  const toggleValue = (value) => {
    if (!isMany) {
      picked = [value];
      return close();
    }
    if (picked.includes(value)) picked = picked.filter((each) => each !== value);
    else if (picked.length < most) picked = [...picked, value];
    draw();
  };
  const draw = () => {
    shown = choices.filter((choice) => !query || `${choice.label} ${choice.description ?? ""}`.toLowerCase().includes(query));
    list.replaceChildren(...shown.map((choice, index) => optionNode(choice, index === active, picked.includes(choice.value), isMany,
      () => toggleValue(choice.value))));
    if (!shown.length) list.append(h("div", { class: "list-empty" }, "Nothing found"));
    const now = list.children[active];
    list.setAttribute("aria-activedescendant", now?.id ?? "");
    place(box, button); // its height changes with what it lists
    now?.scrollIntoView({ block: "nearest" });
  };
  box.addEventListener("keydown", (event) => {
    const last = shown.length - 1;
    const to = { ArrowDown: Math.min(active + 1, last), ArrowUp: Math.max(active - 1, 0), Home: 0, End: last }[event.key];
    if (to !== undefined) active = to;
    else if (event.key === "Enter" || (event.key === " " && !search)) { if (shown[active]) toggleValue(shown[active].value); }
    else if (event.key === "Escape") { picked = before; close(); }
    else if (event.key === "Tab") return close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (box.isConnected) draw();
  });
  const same = (a, b) => a.length === b.length && a.every((each) => b.includes(each));
  const close = float(box, button, { onclose: () => {
    const isChanged = isMany ? !same(picked, before) : picked !== before;
    if (isChanged && picked.length >= least) done(picked);
  } });
  box.style.minWidth = `${button.getBoundingClientRect().width}px`;
  draw();
  (search ?? list).focus({ preventScroll: true });
}

function optionNode(choice, isActive, isPicked, isMany, choose) {
  return h("div", {
    class: `select-option${isActive ? " active" : ""}`, role: "option", id: freshId("option"), "aria-selected": String(isPicked),
    "data-value": choice.value, onclick: choose,
  },
  choice.picture?.() ?? (choice.emoji ? h("span", { class: "option-emoji" }, choice.emoji) : null),
  h("span", { class: "option-text" }, h("span", { class: "option-label" }, choice.label),
    choice.description ? h("small", {}, choice.description) : null),
  isMany ? h("span", { class: `checkbox${isPicked ? " checked" : ""}` }, isPicked ? icon("check", 14) : null)
    : isPicked ? icon("check", 18) : null);
}
