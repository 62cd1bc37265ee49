/** Commands as the message box needs them; knows no DOM. */

export const TYPE = { SUB: 1, GROUP: 2, STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8, MENTIONABLE: 9, NUMBER: 10,
  ATTACHMENT: 11 };
const LONGEST_TEXT = 6000; // what Discord takes as a string option at most

/** The commands that can be typed: every subcommand is one of its own, named with its parents. */
export function typeable(commands) {
  return commands.filter((command) => (command.type ?? 1) === 1).flatMap((command) => leaves(command, command, []))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function leaves(command, node, path) {
  const here = [...path, node];
  const subs = (node.options ?? []).filter((option) => option.type === TYPE.SUB || option.type === TYPE.GROUP);
  if (subs.length) return subs.flatMap((sub) => leaves(command, sub, here));
  const options = [...(node.options ?? [])].sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false));
  return [{ command, path: here, name: here.map((each) => each.name).join(" "), description: node.description ?? "", options }];
}

/** The commands that fit what was typed after the slash, the best first. */
export function matching(commands, typed) {
  const wanted = typed.toLowerCase().trim();
  const rank = ({ name, description }) => {
    if (name.startsWith(wanted)) return 0;
    if (name.split(" ").some((word) => word.startsWith(wanted))) return 1;
    if (name.includes(wanted)) return 2;
    return description.toLowerCase().includes(wanted) ? 3 : 9;
  };
  return commands.map((leaf) => [rank(leaf), leaf]).filter(([score]) => score < 9).sort((a, b) => a[0] - b[0]).map(([, leaf]) => leaf);
}

/**
 * What was typed as a whole command: `{leaf, values}` once a command's name is followed by a space, else null.
 * `name: value` pairs are read as such; anything else belongs to the first option.
 */
export function typedCommand(commands, text) {
  if (!text.startsWith("/")) return null;
  const fits = commands.filter(({ name }) => text.toLowerCase().startsWith(`/${name} `));
  const leaf = fits.sort((a, b) => b.name.length - a.name.length)[0];
  if (!leaf) return null;
  const rest = text.slice(leaf.name.length + 2);
  const names = leaf.options.map((option) => option.name).sort((a, b) => b.length - a.length);
  const values = new Map();
  if (names.length && rest) {
    const parts = rest.split(new RegExp(`(?:^|\\s)(${names.join("|")}):\\s?`));
    if (parts[0].trim()) values.set(leaf.options[0].name, parts[0]);
    for (let i = 1; i < parts.length; i += 2) values.set(parts[i], parts[i + 1] ?? "");
  }
  return { leaf, values };
}

const readNumber = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN);

/** Read what stands in an option's field: `{value}` or `{error}`; an empty optional field has neither. */
export function readValue(option, { text, choice }) {
  if (choice) return { value: choice.value };
  if (!text.trim()) return option.required ? { error: "This option is required. Specify a value" } : {};
  if (option.choices?.length) {
    const same = option.choices.find((each) => each.name.toLowerCase() === text.trim().toLowerCase());
    return same ? { value: same.value } : { error: "Choose one of the listed values" };
  }
  return READ[option.type]?.(option, text) ?? { error: "Choose one from the list" };
}

const READ = {
  [TYPE.STRING]: (option, text) => {
    const value = text.trim();
    const [least, most] = [option.min_length ?? 0, option.max_length ?? LONGEST_TEXT];
    if (value.length < least) return { error: `Must be at least ${least} characters long` };
    if (value.length > most) return { error: `Must be at most ${most} characters long` };
    return { value };
  },
  [TYPE.INTEGER]: (option, text) => number(option, text, true),
  [TYPE.NUMBER]: (option, text) => number(option, text, false),
  [TYPE.BOOLEAN]: (option, text) => {
    const word = text.trim().toLowerCase();
    return ["true", "false"].includes(word) ? { value: word === "true" } : { error: "Choose True or False" };
  },
};

function number(option, text, isWhole) {
  const value = readNumber(text);
  if (Number.isNaN(value) || (isWhole && !Number.isInteger(value))) return { error: isWhole ? "Must be a whole number"
    : "Must be a number" };
  const { min_value: least, max_value: most } = option;
  if (least !== undefined && value < least) return { error: most === undefined ? `Must be at least ${least}`
    : `Must be between ${least} and ${most}` };
  if (most !== undefined && value > most) return { error: least === undefined ? `Must be at most ${most}`
    : `Must be between ${least} and ${most}` };
  return { value };
}

/** Discord's interaction data for a command. `given` are `{option, value, isFocused}`. */
export function interactionData(leaf, given, guildId) {
  let options = given.map(({ option, value, isFocused }) => ({
    type: option.type, name: option.name, value, ...(isFocused ? { focused: true } : {}),
  }));
  for (const part of leaf.path.slice(1).reverse()) options = [{ type: part.type, name: part.name, options }];
  return { id: leaf.command.id, name: leaf.command.name, type: 1, ...(guildId ? { guild_id: guildId } : {}), options };
}
