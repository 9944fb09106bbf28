// Requests to the HTTP API, with the session of this browser. Addresses are relative, so the
// pages also work below a path of a reverse proxy.

// Problem is a failure that can be shown: the server's RFC 9457 problem, or one
// of ours (status 0) where the server could not answer.
export class Problem extends Error {
  constructor({ status = 0, title = "Something went wrong", detail = "", errors = [],
    retryAfter = 0 }) {
    super(title);
    this.status = status;
    this.title = title;
    this.detail = sentence(detail);
    this.errors = Array.isArray(errors) ? errors : [];
    this.retryAfter = retryAfter;
  }
}

// sentence begins with a capital letter and ends with a full stop.
export function sentence(text) {
  if (!text) return "";
  const start = text[0].toUpperCase() + text.slice(1);
  return /[.!?؟。…]$/.test(start) ? start : `${start}.`;
}

const unreachable = () => new Problem({
  title: "The server cannot be reached",
  detail: "Check the connection, and that the server is running. Then try again.",
});

// send answers the response whatever its status; it throws a Problem when there is none.
async function send(path, options) {
  try {
    return await fetch(path, { ...options, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
}

let signedIn = false;

// request answers a good response and throws a Problem for any other. A session whose token has
// ended is renewed; one that is over is nobody's, which the event "signedout" tells.
export async function request(path, options = {}) {
  let response = await send(path, options);
  const bySession = signedIn || path === SESSION;
  if (response.status === 401 && bySession && !options.headers?.Authorization) {
    if (!await renew()) {
      signedIn = false;
      document.dispatchEvent(new Event("signedout"));
    }
    response = await send(path, options);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

const SESSION = "api/session";

// renew gets the session's next tokens, in one tab at a time, and answers whether there are any.
async function renew() {
  const next = async () => {
    if ((await send(SESSION, {})).ok) return true; // Another tab was faster.
    return (await send(`${SESSION}/renew`, { method: "POST", keepalive: true })).ok;
  };
  return navigator.locks ? navigator.locks.request("lectern.session", next) : next();
}

// readSession answers who is signed in, and what the pages may offer.
export async function readSession() {
  const session = await get(SESSION);
  signedIn = session.account !== null;
  return session;
}

// get answers the JSON at an address, put together with a query of what is not empty.
export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined
    && value !== null);
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
  return (await request(path + search, { headers: { Accept: "application/json" } })).json();
}

// call sends a body as JSON, if there is one, and answers what comes back: null for nothing.
export async function call(method, path, body) {
  const response = await request(path, {
    method,
    headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not a problem document: a proxy in between, for instance.
  }
  return new Problem({
    status: response.status,
    title: textOr(body?.title, `The server answered ${response.status}`),
    detail: textOr(body?.detail, ""),
    errors: body?.errors,
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
