import { Emitter } from "./dom.js";

/** The server refused or could not be reached; `message` is for people. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** As whom this tab acts: `?as=` of its address, so that two tabs can be two people; null as the sandbox says. */
const person = () => new URLSearchParams(location.search).get("as");

/** An address of the interface with this tab's person. */
function asPerson(path) {
  const id = person();
  return id ? `${path}${path.includes("?") ? "&" : "?"}as=${encodeURIComponent(id)}` : path;
}

async function call(path, body) {
  const request = body === undefined
    ? {}
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(asPerson(path), request);
  } catch {
    throw new ApiError("The sandbox cannot be reached. Is it still running?");
  }
  const text = await answer.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(`The sandbox answered something unreadable (${answer.status}).`, answer.status);
  }
  if (!answer.ok) throw new ApiError(data?.error ?? `The sandbox refused this (${answer.status}).`, answer.status);
  return data;
}

const query = (values) => {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return set.length ? `?${new URLSearchParams(set)}` : "";
};

export const api = {
  state: () => call("/client/state"),
  members: () => call("/client/members"),
  messages: (channel, before, limit = 50) => call(`/client/channels/${channel}/messages${query({ before, limit })}`),
  commands: (channel) => call(`/client/commands${query({ channel_id: channel })}`),
  post: (channel, content) => call(`/client/channels/${channel}/messages`, { content }),
  interact: (body) => call("/client/interactions", body),
};

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;

/** The live events. Emits `event(t, d)`, `open(isAgain)` and `lost`; reconnects by itself, ever slower. */
export class EventStream extends Emitter {
  #wait_ms = FIRST_WAIT_MS;
  #wasOpen = false;
  #socket = null;
  #timer = 0;

  start() {
    const url = new URL(asPerson("/client/events"), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait_ms = FIRST_WAIT_MS;
      this.emit("open", this.#wasOpen);
      this.#wasOpen = true;
    });
    socket.addEventListener("message", ({ data }) => {
      const { t, d } = JSON.parse(data);
      this.emit("event", t, d);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      this.emit("lost");
      this.#timer = setTimeout(() => this.start(), this.#wait_ms);
      this.#wait_ms = Math.min(this.#wait_ms * 2, LONGEST_WAIT_MS);
    });
  }

  /** Connect anew: this tab acts as somebody else now. */
  restart() {
    const old = this.#socket;
    this.start();
    old?.close();
  }

  /** Try again at once, without the wait. */
  hurry() {
    if (this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.#wait_ms = FIRST_WAIT_MS;
    this.start();
  }
}
