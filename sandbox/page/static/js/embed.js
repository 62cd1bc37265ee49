import { h } from "./dom.js";
import { fullTime, messageTime } from "./format.js";
import { link, markdown } from "./markdown_dom.js";
import { picture } from "./media.js";
import { plainText, parse } from "./markdown.js";

const TITLE = { blocks: false, links: false };
const isWeb = (url) => /^https?:\/\//i.test(url ?? "");

/** A picture's address where the embed names one of the message's own files. */
function resolved(media, files) {
  const name = /^attachment:\/\/(.+)$/.exec(media.url ?? "")?.[1];
  const file = name && files.find((each) => each.filename === name);
  return file ? { ...media, url: file.url, description: media.description ?? file.description } : media;
}

/** The names of the files that the embeds show; they are not shown a second time below. */
export function usedFiles(embeds, files) {
  const urls = embeds.flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]).filter(Boolean);
  return new Set(files.filter((file) => urls.includes(file.url)
    || urls.includes(`attachment://${file.filename}`)).map((file) => file.filename));
}

function author({ name, url }) {
  return h("div", { class: "embed-author" }, isWeb(url) ? link(url, name, { className: "embed-author-link" }) : name);
}

function title(embed) {
  const shown = markdown(embed.title, TITLE);
  return h("div", { class: "embed-title", role: "heading", "aria-level": "4" },
    isWeb(embed.url) ? link(embed.url, shown, { className: "link embed-title-link" }) : shown);
}

/** Which of the twelve columns a field takes: up to three inline fields share a row. */
function fieldRows(fields) {
  const rows = [];
  for (const field of fields) {
    const row = rows.at(-1);
    if (field.inline && row?.isInline && row.fields.length < 3) row.fields.push(field);
    else rows.push({ isInline: Boolean(field.inline), fields: [field] });
  }
  return rows;
}

function fields(list) {
  return h("div", { class: "embed-fields" }, fieldRows(list).map((row) =>
    h("div", { class: `embed-row embed-row-${row.fields.length}` }, row.fields.map((field) =>
      h("div", { class: "embed-field" },
        h("div", { class: "embed-field-name" }, markdown(field.name, TITLE)),
        h("div", { class: "embed-field-value markup" }, markdown(field.value)))))));
}

function footer(embed) {
  const date = embed.timestamp ? new Date(embed.timestamp) : null;
  const text = embed.footer?.text ?? "";
  if (!text && !date) return null;
  return h("div", { class: "embed-footer" }, text, text && date ? h("span", { class: "bullet" }, "•") : null,
    date ? h("time", { datetime: embed.timestamp, title: fullTime(date) }, messageTime(date)) : null);
}

/** One embed as Discord draws it. */
export function embedNode(embed, files = []) {
  const alt = embed.title ? plainText(parse(embed.title, TITLE)) : "";
  const node = h("div", { class: "embed", "data-testid": "embed" });
  if (Number.isInteger(embed.color)) node.style.setProperty("--bar", `#${embed.color.toString(16).padStart(6, "0")}`);
  const body = h("div", { class: "embed-body" },
    embed.provider?.name ? h("div", { class: "embed-provider" }, embed.provider.name) : null,
    embed.author?.name ? author(embed.author) : null,
    embed.title ? title(embed) : null,
    embed.description ? h("div", { class: "embed-description markup" }, markdown(embed.description)) : null,
    embed.fields?.length ? fields(embed.fields) : null);
  node.append(body);
  if (embed.thumbnail?.url) {
    node.classList.add("has-thumbnail");
    node.append(picture(resolved(embed.thumbnail, files), { kind: "thumbnail", fallbackAlt: alt }));
  }
  if (embed.image?.url) node.append(h("div", { class: "embed-image" },
    picture(resolved(embed.image, files), { kind: "image", fallbackAlt: alt })));
  const foot = footer(embed);
  if (foot) node.append(foot);
  return node;
}
