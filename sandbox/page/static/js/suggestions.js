import { TYPE } from "./command_model.js";
import { channelIcon, icon } from "./icons.js";
import { avatar } from "./people.js";
import { displayName, isThread } from "./store.js";

const MOST = 25;

const fits = (typed, ...texts) => texts.some((text) => text?.toLowerCase().includes(typed));

function channels(option, typed, store, guildId) {
  const wanted = option.channel_types;
  return [...store.channels.values()]
    .filter((channel) => channel.guild_id === guildId && (wanted?.length ? wanted.includes(channel.type) : channel.type !== 4))
    .filter((channel) => fits(typed.replace(/^#/, ""), channel.name))
    .map((channel) => ({
      name: `#${channel.name}`, value: channel.id, picture: () => icon(channelIcon(channel.type), 18),
      note: isThread(channel) ? "Thread" : store.channels.get(channel.parent_id)?.name,
    }));
}

function users(option, typed, store, guildId) {
  const members = store.membersOf(guildId).map((member) => member.user);
  const known = members.length ? members : [store.me, store.bot];
  return known.filter((user) => fits(typed.replace(/^@/, ""), user.username, user.global_name)).map((user) => ({
    name: `@${displayName(user)}`, value: user.id, note: user.username, picture: () => avatar(user, "s"),
  }));
}

function roles(option, typed, store, guildId) {
  return [...store.roles.values()].filter((role) => role.guild_id === guildId && fits(typed.replace(/^@/, ""), role.name))
    .map((role) => ({ name: role.name.startsWith("@") ? role.name : `@${role.name}`, value: role.id, picture: () => icon("role", 18),
      note: "Role" }));
}

const LOCAL = {
  [TYPE.BOOLEAN]: (option, typed) => [{ name: "True", value: true },
    { name: "False", value: false }].filter(({ name }) => fits(typed, name)),
  [TYPE.CHANNEL]: channels,
  [TYPE.USER]: users,
  [TYPE.ROLE]: roles,
  [TYPE.MENTIONABLE]: (...args) => [...users(...args), ...roles(...args)],
};

/** Whether an option offers something to choose from. */
export const offers = (option) => Boolean(option.autocomplete || option.choices?.length || LOCAL[option.type]);

/** The choices that the page knows itself, or null where the bot must be asked. */
export function localChoices(option, typed, store, guildId) {
  const text = typed.trim().toLowerCase();
  if (option.choices?.length) return option.choices.filter((choice) => fits(text, choice.name)).slice(0, MOST);
  return LOCAL[option.type]?.(option, text, store, guildId).slice(0, MOST) ?? null;
}
