import { h } from "./dom.js";
import { icon } from "./icons.js";
import { displayName } from "./store.js";

const COLOURS = 6;

/** A drawn portrait: the horn for the bot, initials in a colour of their own for people. */
export function avatar(user, size = "m") {
  const name = displayName(user);
  const shade = [...String(user?.id ?? "0")].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 997, 7) % COLOURS;
  const kind = user?.bot ? "avatar-bot" : `avatar-${shade}`;
  return h("span", { class: `avatar avatar-${size} ${kind}`, "aria-hidden": "true" },
    user?.bot ? icon("horn") : initials(name));
}

const initials = (name) => name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();

/** A guild's initials as Discord shows them where there is no picture. */
export const guildInitials = (name) => name.split(/[\s\-_]+/).map((word) => [...word][0] ?? "").slice(0, 3).join("");

/** The mark beside an application's name. */
export const appTag = () => h("span", { class: "app-tag" }, "APP");

/** `avatar` with the dot that says whether somebody is here. */
export function presence(user, isOnline, size = "m") {
  return h("span", { class: "presence" }, avatar(user, size),
    h("span", { class: `dot ${isOnline ? "online" : "offline"}`, "aria-hidden": "true" }));
}
