// What the page to ask from asks of the HTTP API.
import { Problem, request } from "./http.js";
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

// plainly gives a problem the title that is for readers.
function plainly(problem) {
  problem.title = TITLES[problem.status] ?? problem.title;
  return problem;
}

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

const EVENTS = new Set(["passages", "search", "token", "citations", "done", "error"]);

// ask yields the events of one question as [name, body]: passages, search, token,
// citations, done. It throws a Problem, also when the stream ends without `done`.
export async function* ask(asked, { key, signal }) {
  try {
    yield* answer(await sendQuestion(asked, { key, signal }));
  } catch (error) {
    throw error instanceof Problem ? plainly(error) : error;
  }
}

function sendQuestion({ question, selection, conversation, conversationID }, { key, signal }) {
  return request("api/query", {
    method: "POST",
    signal,
    headers: { ...headers(key, "text/event-stream"), "Content-Type": "application/json" },
    body: JSON.stringify({
      question,
      ...(selection && { selection }),
      ...(conversationID ? { conversation_id: conversationID }
        : conversation.length > 0 && { conversation }),
    }),
  });
}

async function* answer(response) {
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
