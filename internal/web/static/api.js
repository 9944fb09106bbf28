// The part of the HTTP API that the page uses. Addresses are relative, so the page
// also works below a path of a reverse proxy.
import { readEvents } from "./sse.js";

// The statuses that a reader may meet, in plain words; other problems keep their title.
const TITLES = {
  413: "This question is too long",
  422: "This question cannot be asked",
  429: "Too many questions in a short time",
  500: "Something went wrong on the server",
  503: "The book cannot be asked right now",
  504: "The answer took too long",
};

// Problem is a failure that can be shown: the server's RFC 9457 problem, or one
// of ours (status 0) where the server could not answer.
export class Problem extends Error {
  constructor({ status = 0, title = "Something went wrong", detail = "", retryAfter = 0 }) {
    super(title);
    this.status = status;
    this.title = TITLES[status] ?? title;
    this.detail = sentence(detail);
    this.retryAfter = retryAfter;
  }
}

// sentence begins with a capital letter and ends with a full stop.
function sentence(text) {
  if (!text) return "";
  const start = text[0].toUpperCase() + text.slice(1);
  return /[.!?؟。…]$/.test(start) ? start : `${start}.`;
}

const unreachable = () => new Problem({
  title: "The server cannot be reached",
  detail: "Check the connection, and that the server is running. Then ask again.",
});

const cutOff = () => new Problem({
  title: "The answer broke off",
  detail: "The connection was lost before the answer was complete. Ask again.",
});

const unreadable = () => new Problem({
  title: "The answer cannot be read",
  detail: "The server sent something that is not the format this page expects.",
});

function headers(key, accept) {
  const fields = { Accept: accept };
  if (key) fields.Authorization = `Bearer ${key}`;
  return fields;
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response) {
  const fallback = { title: `The server answered ${response.status}` };
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not a problem document: a proxy in between, for instance.
  }
  return new Problem({
    status: response.status,
    title: textOr(body?.title, fallback.title),
    detail: textOr(body?.detail, ""),
    retryAfter: retryAfterOf(response.headers.get("Retry-After")),
  });
}

const textOr = (value, other) => (typeof value === "string" && value !== "" ? value : other);

// retryAfterOf reads both forms of RFC 9110: seconds, or a date.
function retryAfterOf(field) {
  if (!field) return 0;
  if (/^\d+$/.test(field)) return Number(field);
  const date = Date.parse(field);
  return Number.isNaN(date) ? 0 : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

const EVENTS = new Set(["passages", "search", "token", "citations", "done", "error"]);

// ask yields the events of one question as [name, body]: passages, search, token,
// citations, done. It throws a Problem, also when the stream ends without `done`.
export async function* ask({ question, selection, conversation }, { key, signal }) {
  const response = await request("api/query", {
    method: "POST",
    signal,
    headers: { ...headers(key, "text/event-stream"), "Content-Type": "application/json" },
    body: JSON.stringify({
      question,
      ...(selection && { selection }),
      ...(conversation.length > 0 && { conversation }),
    }),
  });
  if (!/^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "")) {
    throw unreadable();
  }
  try {
    for await (const { event, data } of readEvents(response.body)) {
      if (!EVENTS.has(event)) continue; // One that a later server may send.
      const body = parse(data);
      if (event === "error") throw new Problem(body);
      yield [event, body];
      if (event === "done") return;
    }
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") throw error;
    throw cutOff();
  }
  throw cutOff();
}

function parse(data) {
  try {
    const body = JSON.parse(data);
    if (body !== null && typeof body === "object") return body;
  } catch {
    // Reported below.
  }
  throw unreadable();
}

// documents answers the first page of the documents that this reader may see.
export async function documents({ key }) {
  const response = await request("api/documents?limit=200", {
    headers: headers(key, "application/json"),
  });
  const body = await response.json();
  return Array.isArray(body?.items) ? body.items : [];
}
