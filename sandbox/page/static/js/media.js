import { h } from "./dom.js";
import { icon } from "./icons.js";
import { fileSize } from "./format.js";
import { link } from "./markdown_dom.js";

const asked = new Set(); // outside pictures that the reader wanted to see

/** A picture's address on this machine's server, or null for one that lies outside. */
function ownAddress(url) {
  const parsed = URL.parse ? URL.parse(url, location.href) : safeUrl(url);
  if (!parsed) return null;
  if (parsed.protocol === "data:") return /^data:image\/(png|jpeg|gif|webp|avif)[;,]/i.test(url) ? url : null;
  const isHere = ["127.0.0.1", "localhost", "[::1]", location.hostname].includes(parsed.hostname) && parsed.port === location.port;
  return isHere && parsed.protocol.startsWith("http") ? parsed.pathname + parsed.search : null;
}

function safeUrl(url) {
  try { return new URL(url, location.href); } catch { return null; }
}

const hostOf = (url) => safeUrl(url)?.hostname ?? "unknown";

function shown(address, { alt, width, height, onfail }) {
  return h("img", {
    src: address, alt: alt ?? "", width, height, loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", onerror: onfail,
  });
}

/**
 * A picture of a message. One of this server is shown; one from elsewhere waits behind a placeholder that names its
 * host, so that reading asks nothing of anybody; one that fails leaves its description.
 */
export function picture(media, { kind = "image", fallbackAlt = "" } = {}) {
  const url = media.url ?? media.proxy_url ?? "";
  const alt = media.description || fallbackAlt;
  const frame = h("div", { class: `picture picture-${kind}`, "data-testid": "picture" });
  const fail = () => frame.replaceChildren(placeholder(url, alt, kind, { isFailed: true }));
  const show = (address) => frame.replaceChildren(opened(address, { alt, width: media.width, height: media.height, onfail: fail }, url));
  const own = ownAddress(url);
  if (own) show(own);
  else if (asked.has(url)) show(url);
  else frame.replaceChildren(placeholder(url, alt, kind, { onshow: () => { asked.add(url); show(url); } }));
  return frame;
}

function opened(address, options, url) {
  return h("a", { href: url.startsWith("data:") ? null : address, class: "picture-link", target: "_blank", rel: "noopener noreferrer" },
    shown(address, options));
}

function placeholder(url, alt, kind, { isFailed = false, onshow = null }) {
  const host = hostOf(url);
  const canShow = onshow && /^https:/i.test(url);
  const name = alt || (kind === "thumbnail" ? "" : "Picture");
  const said = isFailed ? `${name || "Picture"}: could not be loaded from ${host}` : `${name || "Picture"} from ${host}`;
  const text = h("span", { class: "placeholder-text" },
    name ? h("span", { class: "placeholder-name" }, name) : null,
    h("span", { class: "placeholder-host" }, isFailed ? `${host} · not loaded` : host));
  if (!canShow) return h("span", { class: "placeholder", role: "img", "aria-label": said }, icon("picture"), text);
  return h("button", { type: "button", class: "placeholder", "aria-label": `Show ${said}`, title: `Load this picture from ${host}`,
    onclick: onshow },
    icon("picture"), text, h("span", { class: "placeholder-show" }, "Show"));
}

const isImage = (file) => /^image\//.test(file.content_type ?? "") || /\.(png|jpe?g|gif|webp|svg)$/i.test(file.filename ?? "");

/** The files of a message: pictures side by side, others as cards. */
export function attachments(files, used) {
  const rest = files.filter((file) => !used.has(file.filename));
  const images = rest.filter(isImage);
  const others = rest.filter((file) => !isImage(file));
  return [
    images.length ? gallery(images.map((file) => ({ ...file, description: file.description ?? file.filename }))) : null,
    others.map(fileCard),
  ];
}

/** Pictures as Discord lays them out: one large, or a mosaic. */
export function gallery(items) {
  return h("div", { class: `gallery gallery-${Math.min(items.length, 4)}` }, items.map((item) => picture(item, { kind: "attachment" })));
}

export function fileCard(file) {
  const name = file.filename ?? file.name ?? "file";
  const own = ownAddress(file.url ?? "") ?? file.url;
  return h("div", { class: "file-card" }, icon("file", 28),
    h("span", {}, link(own, name), file.size ? h("small", {}, fileSize(file.size)) : null));
}
