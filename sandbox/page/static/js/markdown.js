/**
 * Discord's Markdown as a tree of plain values; knows no DOM.
 *
 * `parse(text, options)` reads a whole message. Options: `links` (masked links are read), `blocks` (headings, lists,
 * quotes, code blocks, subtext), `isLoud` (@everyone was allowed to ping). A node is `{type, children?, …}`, text is `{type: "text", text}`.
 */

const DEEPEST = 12; // deeper marks stay as typed; nobody nests so far in earnest

const CODE_BLOCK = /```(?:([a-z0-9_+\-.#]+)\n)?\n*([^\n][^]*?)\n*```/iy;
const QUOTE_REST = />>> ([^]*)/y;
const QUOTE = /> [^\n]*(?:\n> [^\n]*|\n>(?=\n|$))*/y;
const HEADING = /(#{1,3}) +([^\n]+?)(?: +#+)? *(?:\n|$)/y;
const SUBTEXT = /-# +([^\n]+)(?:\n|$)/y;
const LIST_LINE = /( *)([-*]|\d{1,9}\.) +([^\n]*)(?:\n|$)/y;
const LIST_MORE = /( +)(\S[^\n]*)(?:\n|$)/y;

const INLINE = [
  [/\\([^0-9A-Za-z\s])/y, (m) => text(m[1])],
  [/(`+)([^]*?[^`])\1(?!`)/y, (m) => ({ type: "code", text: trimCode(m[2]) })],
  [/<(https?:\/\/[^\s<>]+)>/iy, (m) => bareLink(m[1])],
  [/<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y, (m) => ({ type: "time", seconds: Number(m[1]), style: m[2] ?? "f" })],
  [/<@!?(\d{15,20})>/y, (m) => ({ type: "user", id: m[1] })],
  [/<@&(\d{15,20})>/y, (m) => ({ type: "role", id: m[1] })],
  [/<#(\d{15,20})>/y, (m) => ({ type: "channel", id: m[1] })],
  [/<\/([-\w ]{1,100}):(\d{15,20})>/y, (m) => ({ type: "command", name: m[1], id: m[2] })],
  [/<a?:(\w{2,32}):(\d{15,20})>/y, (m) => ({ type: "custom-emoji", name: m[1] })],
  [/@(everyone|here)\b/y, (m, inner, options) => ({ type: "everyone", text: m[0], isLoud: options.isLoud })],
  [/https?:\/\/[^\s<]+[^<.,:;"'\]\s]/iy, (m) => bareLink(balanced(m[0]))],
  [/\*\*\*((?:\\[^]|[^\\])+?)\*\*\*(?!\*)/y, (m, inner) => node("strong", [node("em", inner(m[1]))])],
  [/\*\*((?:\\[^]|[^\\])+?)\*\*(?!\*)/y, (m, inner) => node("strong", inner(m[1]))],
  [/__((?:\\[^]|[^\\])+?)__(?!_)/y, (m, inner) => node("underline", inner(m[1]))],
  [/\*(?=\S)((?:\*\*|\\[^]|\s+(?:[^*\s\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y, (m, inner) => node("em", inner(m[1]))],
  [/_((?:__|\\[^]|[^\\_])+?)_(?![_0-9A-Za-z])/y, (m, inner) => node("em", inner(m[1]))],
  [/~~([^]+?)~~(?!_)/y, (m, inner) => node("strike", inner(m[1]))],
  [/\|\|([^]+?)\|\|/y, (m, inner) => node("spoiler", inner(m[1]))],
];

const SPECIAL = /[\\`<@h*_~|[]/gi; // where an inline rule can start
const node = (type, children, more = {}) => ({ type, children, ...more });
const text = (value) => ({ type: "text", text: value });
const trimCode = (value) => value.replace(/^ (?=`)|(?<=`) $/g, "");
const isWeb = (url) => /^https?:\/\/[^\s]/i.test(url);

function bareLink(url) {
  return { type: "link", url, children: [text(url)], taken: url.length };
}

/** A bare address without the closing brackets that belong to the sentence around it. */
function balanced(url) {
  let open = 0;
  for (let i = 0; i < url.length; i++) {
    if (url[i] === "(") open++;
    else if (url[i] === ")" && --open < 0) return url.slice(0, i).replace(/[.,:;"'\]]+$/, "");
  }
  return url;
}

/** Reads `[text](url "title")` at `at`; brackets may nest. Null where it is none. */
function maskedLink(source, at) {
  const close = closing(source, at, "[", "]");
  if (close < 0 || source[close + 1] !== "(") return null;
  const label = source.slice(at + 1, close);
  const rest = /\(\s*(?:<([^<>\s]+)>|([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*))(?:\s+(?:"([^"]*)"|'([^']*)'))?\s*\)/y;
  rest.lastIndex = close + 1;
  const found = rest.exec(source);
  const url = found?.[1] ?? found?.[2];
  if (!found || !label.trim() || !isWeb(url) || /https?:\/\//i.test(label)) return null;
  return { label, url, title: found[3] ?? found[4], end: rest.lastIndex };
}

function closing(source, at, open, close) {
  let depth = 0;
  for (let i = at; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === open) depth++;
    else if (source[i] === close && --depth === 0) return i;
  }
  return -1;
}

function inline(source, options, depth = 0) {
  if (depth > DEEPEST) return [text(source)];
  const nodes = [];
  const inner = (value, more = {}) => inline(value, { ...options, ...more }, depth + 1);
  let plainFrom = 0;
  const flush = (to) => { if (to > plainFrom) nodes.push(text(source.slice(plainFrom, to))); };
  for (let at = nextSpecial(source, 0); at < source.length;) {
    const found = readInline(source, at, options, inner);
    if (!found) {
      at = nextSpecial(source, at + 1);
      continue;
    }
    flush(at);
    nodes.push(found.node);
    plainFrom = found.end;
    at = nextSpecial(source, found.end);
  }
  flush(source.length);
  return nodes;
}

function nextSpecial(source, from) {
  SPECIAL.lastIndex = from;
  return SPECIAL.exec(source)?.index ?? source.length;
}

function readInline(source, at, options, inner) {
  if (source[at] === "[") {
    const link = options.links && !options.inLink ? maskedLink(source, at) : null;
    if (!link) return null;
    const children = inner(link.label, { inLink: true });
    return { node: node("link", children, { url: link.url, title: link.title, masked: true }), end: link.end };
  }
  if (source[at] === "_" && /[0-9A-Za-z]/.test(source[at - 1] ?? "") && source[at + 1] !== "_") return null;
  for (const [pattern, make] of INLINE) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (!match) continue;
    const end = pattern.lastIndex;
    const made = make(match, inner, options);
    if (made.type !== "link") return { node: made, end };
    if (options.inLink || !isWeb(made.url)) return null;
    return { node: made, end: match[0].startsWith("<") ? end : at + made.taken };
  }
  return null;
}

function list(source, at) {
  const lines = [];
  let end = at;
  for (;;) {
    LIST_LINE.lastIndex = end;
    const item = LIST_LINE.exec(source);
    if (item) {
      lines.push({ indent: item[1].length, marker: item[2], text: item[3] });
      end = LIST_LINE.lastIndex;
      continue;
    }
    LIST_MORE.lastIndex = end;
    const more = lines.length ? LIST_MORE.exec(source) : null;
    if (!more) break;
    lines.at(-1).text += `\n${more[2]}`;
    end = LIST_MORE.lastIndex;
  }
  return { lines, end };
}

const isNumber = (line) => /\d/.test(line.marker);

/** The lists that stand below each other: a new one where numbers follow bullets or the other way round. */
function nest(lines, options) {
  const lists = [];
  const base = lines[0].indent;
  for (let i = 0; i < lines.length;) {
    const ordered = isNumber(lines[i]);
    if (lists.at(-1)?.ordered !== ordered) lists.push(node("list", [], { ordered, start: Number.parseInt(lines[i].marker, 10) || 1 }));
    const item = node("item", inline(lines[i].text, options));
    let j = i + 1;
    while (j < lines.length && lines[j].indent > base) j++;
    if (j > i + 1) item.children.push(...nest(lines.slice(i + 1, j), options));
    lists.at(-1).children.push(item);
    i = j;
  }
  return lists;
}

const BLOCKS = [
  [QUOTE_REST, (m, source, at, options) => options.inQuote ? null : quote(m[1], options)],
  [QUOTE, (m, source, at, options) => options.inQuote ? null : quote(m[0].replace(/^> ?/gm, ""), options)],
  [HEADING, (m, source, at, options) => node("heading", inline(m[2], options), { level: m[1].length })],
  [SUBTEXT, (m, source, at, options) => node("subtext", inline(m[1], options))],
];

const quote = (source, options) => node("quote", parse(source, { ...options, inQuote: true }));

function readBlock(source, at, options) {
  const isLineStart = at === 0 || source[at - 1] === "\n";
  CODE_BLOCK.lastIndex = at;
  const code = CODE_BLOCK.exec(source);
  if (code) return { node: { type: "code-block", language: code[1] ?? "", text: code[2] }, end: CODE_BLOCK.lastIndex };
  if (!isLineStart) return null;
  for (const [pattern, make] of BLOCKS) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    const end = pattern.lastIndex;
    const made = match && make(match, source, at, options);
    if (made) return { node: made, end };
  }
  const { lines, end } = list(source, at);
  return lines.length ? { nodes: nest(lines, options), end } : null;
}

/** Where a block can start behind `at`: the next line's start, or a fence of code. */
function nextBlock(source, at) {
  const line = source.indexOf("\n", at); // an empty line ends where it starts
  const fence = source.indexOf("```", at + 1);
  return Math.min(line < 0 ? source.length : line + 1, fence < 0 ? source.length : fence);
}

/** Read `source`; see the top of this file for options and nodes. */
export function parse(source, options = {}) {
  const settings = { links: true, blocks: true, ...options };
  if (!settings.blocks) return inline(source, settings);
  const nodes = [];
  let plainFrom = 0;
  const flush = (to, isBeforeBlock) => {
    const plain = source.slice(plainFrom, to);
    const shown = isBeforeBlock ? plain.replace(/\n$/, "") : plain;
    if (shown) nodes.push(...inline(shown, settings));
  };
  for (let at = 0; at < source.length;) {
    const found = readBlock(source, at, settings);
    if (!found) {
      at = nextBlock(source, at);
      continue;
    }
    flush(at, true);
    nodes.push(...(found.nodes ?? [found.node]));
    at = plainFrom = skipBreak(source, found);
  }
  flush(source.length, false);
  return nodes;
}

/** After a fence or quote the line's end belongs to the block, not to the text that follows. */
function skipBreak(source, { node: made, end }) {
  const eats = made?.type === "code-block" || made?.type === "quote";
  return eats && source[end] === "\n" ? end + 1 : end;
}

/** The tree's text alone, for labels and previews. */
export function plainText(nodes) {
  return nodes
    .map((each) => each.text ?? (each.children ? plainText(each.children) : each.type === "custom-emoji" ? `:${each.name}:` : ""))
    .join("");
}
