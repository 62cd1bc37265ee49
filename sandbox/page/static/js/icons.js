const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  hash: "M10.3 3 9.5 8H5v2h4.2l-.7 4H4v2h4.2l-.8 5h2l.8-5h4l-.8 5h2l.8-5H20v-2h-3.8l.7-4H21V8h-3.8l.8-5h-2l-.8 5h-4l.8-5h-1.7Zm.9 7h4l-.7 4h-4l.7-4Z",
  forum: "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V5c0-1.1.9-2 2-2Zm3 4v2h10V7H7Zm0 4v2h7v-2H7Z",
  thread: "M5 3h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V5c0-1.1.9-2 2-2Zm0 2v9h4v2l2.5-2H19V5H5Zm3 3h8v1.6H8V8Zm0 3h5v1.6H8V11Z",
  news: "M4 4h13a1 1 0 0 1 1 1v11a2 2 0 0 0 2 2 2 2 0 0 0 2-2V8h-2V6h3a1 1 0 0 1 1 1v9a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4V6c0-1.1.9-2 2-2Zm2 4v3h8V8H6Zm0 5v1.6h8V13H6Zm0 3v1.6h6V16H6Z",
  at: "M12 2a10 10 0 1 0 6 18l-1.2-1.6A8 8 0 1 1 20 12v1.5a1.5 1.5 0 0 1-3 0V8h-2v.6A5 5 0 1 0 15.5 15.6 3.5 3.5 0 0 0 22 13.5V12A10 10 0 0 0 12 2Zm0 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  menu: "M3 6h18v2H3V6Zm0 5h18v2H3v-2Zm0 5h18v2H3v-2Z",
  close: "m12 10.6 6.3-6.3 1.4 1.4-6.3 6.3 6.3 6.3-1.4 1.4-6.3-6.3-6.3 6.3-1.4-1.4 6.3-6.3-6.3-6.3 1.4-1.4 6.3 6.3Z",
  more: "M5 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4Zm7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4Zm7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
  external: "M14 3h7v7h-2V6.4l-8.3 8.3-1.4-1.4L17.6 5H14V3ZM5 5h5v2H5v12h12v-5h2v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7c0-1.1.9-2 2-2Z",
  down: "m12 15.4-7-7L6.4 7l5.6 5.6L17.6 7 19 8.4l-7 7Z",
  right: "m8.6 19-1.4-1.4 5.6-5.6-5.6-5.6L8.6 5l7 7-7 7Z",
  eye: "M12 5c5 0 9 4 10.5 7-1.5 3-5.5 7-10.5 7S3 15 1.5 12C3 9 7 5 12 5Zm0 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm0 2a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z",
  picture: "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6c0-1.1.9-2 2-2Zm0 13.2 4.7-5.7 3.3 4 2.5-3 5.5 5.5V6H4v11.2ZM15.5 8a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3Z",
  file: "M6 2h8l6 6v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4c0-1.1.9-2 2-2Zm7 1.5V9h5.5L13 3.5Z",
  apps: "M4 4h6v6H4V4Zm10 0h6v6h-6V4ZM4 14h6v6H4v-6Zm12.5-.5h1.5v3h3v1.5h-3v3h-1.5v-3h-3v-1.5h3v-3Z",
  copy: "M8 2h11a2 2 0 0 1 2 2v12h-2V4H8V2ZM5 6h9a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8c0-1.1.9-2 2-2Z",
  link: "M10.6 13.4a1 1 0 0 1 0 1.4 1 1 0 0 1-1.4 0 5 5 0 0 1 0-7l3.5-3.6a5 5 0 0 1 7.1 7.1l-1.5 1.5c0-.8-.1-1.6-.4-2.4l.5-.5a3 3 0 1 0-4.3-4.3l-3.5 3.6a3 3 0 0 0 0 4.2Zm2.8-4.2a1 1 0 0 1 1.4 0 5 5 0 0 1 0 7l-3.5 3.6a5 5 0 0 1-7.1-7.1l1.5-1.5c0 .8.1 1.6.4 2.4l-.5.5a3 3 0 1 0 4.3 4.3l3.5-3.6a3 3 0 0 0 0-4.2 1 1 0 0 1 0-1.4Z",
  send: "M3 20.5v-6.8L12 12 3 10.3V3.5L22 12 3 20.5Z",
  check: "m9.5 17.6-5.6-5.6 1.4-1.4 4.2 4.2 9.2-9.2 1.4 1.4L9.5 17.6Z",
  slash: "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5c0-1.1.9-2 2-2Zm8.7 3.5L8.2 17.5h2.1l5.5-11h-2.1Z",
  switch: "M7 4 3 8l4 4V9h8V7H7V4Zm10 8v3H9v2h8v3l4-4-4-4Z",
  reply: "M10 8.3V4l-8 7.5L10 19v-4.4c5 0 8.5 1.6 11 5.4-1-5.6-4-11.1-11-11.7Z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6V5Z",
  warning: "M12 2.5 23 21.5H1L12 2.5Zm-1 7v6h2v-6h-2Zm0 7.5v2h2v-2h-2Z",
  horn: "M3 10v4a1 1 0 0 0 1 1h2l1.3 4.2a1 1 0 0 0 1 .8h1a1 1 0 0 0 1-1.4L9.2 15h.8l6.7 3.7a.9.9 0 0 0 1.3-.8V6.1a.9.9 0 0 0-1.3-.8L10 9H4a1 1 0 0 0-1 1Zm17-.7a3.8 3.8 0 0 1 0 5.4V9.3Z",
  voice: "M12 3.2v17.6a.8.8 0 0 1-1.4.6L6.2 17H3a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h3.2l4.4-4.4a.8.8 0 0 1 1.4.6Zm3 4.3a5.2 5.2 0 0 1 0 9v-2.4a3.1 3.1 0 0 0 0-4.2V7.5Zm0-4.2a9.2 9.2 0 0 1 0 17.4v-2.2a7.2 7.2 0 0 0 0-13V3.3Z",
  role: "M12 2 3 6v6c0 5 3.8 8.7 9 10 5.2-1.3 9-5 9-10V6l-9-4Zm0 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Zm-5 9.5c.8-1.7 2.7-2.5 5-2.5s4.2.8 5 2.5a9 9 0 0 1-5 3.2 9 9 0 0 1-5-3.2Z",
};

/** One of our drawn pictures; it says nothing to screen readers, its button does. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false", class: "icon",
  })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** The icon of a channel by Discord's channel type. */
export const channelIcon = (type) =>
  ({ 1: "at", 2: "voice", 3: "at", 5: "news", 13: "voice", 10: "thread", 11: "thread", 12: "thread", 15: "forum", 16: "forum" })[type] ?? "hash";
