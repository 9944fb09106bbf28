// The page to ask from: puts its parts together and keeps the current question.
import { AnswerView } from "./answer.js";
import { ask, documents } from "./api.js";
import { conversationOf } from "./conversation.js";
import { byId, el, plural } from "./dom.js";
import * as history from "./history.js";
import * as kept from "./kept.js";
import { Problem } from "./http.js";
import * as key from "./key.js";
import * as passage from "./passage.js";
import { cut, offer } from "./selection.js";
import { whoIsHere } from "./session.js";
import { starters } from "./starters.js";

const composer = byId("composer");
const question = byId("question");
let selection = "";
let conversation = []; // The turns that the next question follows up on, oldest first.
let followed = ""; // The conversation that they are kept in, if they are.
let account = null; // Who is signed in.
let turns = history.load();
let view = null; // The AnswerView on the page, if any.
let running = null; // The AbortController of the question that is being answered.

function setSelection(text) {
  selection = cut(text);
  byId("about").hidden = selection === "";
  byId("about-text").textContent = selection;
}

function setConversation(turns, id = "") {
  conversation = turns;
  followed = id;
  byId("follows").hidden = turns.length === 0;
  byId("follows-text").textContent = turns.at(-1)?.question ?? "";
}

function followUp(turn) {
  setConversation(conversationOf(turn), kept.followable(turn, turns));
  passage.close();
  question.focus();
  announce("Type a follow-up question.");
}

function askAbout(text) {
  setSelection(text);
  passage.close();
  question.focus();
  announce("The selected text is added. Type a question about it.");
}

function announce(text) {
  byId("status").textContent = text;
}

function setAsking(asking) {
  byId("send").hidden = asking;
  byId("stop").hidden = !asking;
}

function show(turn) {
  passage.close();
  view = new AnswerView(turn, {
    retry: () => submit(turn.question, turn.selection, turn.conversation),
    followUp: () => followUp(turn),
    rated: () => history.save(turns),
  });
  byId("turn").replaceChildren(view.node);
  document.body.classList.add("asked");
  document.title = `${turn.question} · Lectern`;
  showEarlier();
}

async function submit(text, about, before = [], goOn = "") {
  stop();
  const turn = { question: text, selection: about, conversation: before, text: "", passages: [], citations: null,
    body: null, problem: null, state: "asking" };
  const control = new AbortController();
  running = control;
  show(turn);
  setAsking(true);
  announce("Searching the book.");
  const started = performance.now();
  try {
    if (account !== null && key.current() === "" && (before.length === 0 || goOn !== "")) {
      turn.conversationID = await kept.keep(goOn);
    }
    for await (const event of ask(turn, { key: key.current(), signal: control.signal })) {
      apply(turn, event);
      view.draw();
    }
    turn.seconds = (performance.now() - started) / 1000;
    turns = history.add(turns, turn);
    kept.answered(turn.body);
  } catch (error) {
    fail(turn, error);
  }
  if (running !== control) return; // Another question took its place.
  running = null;
  setAsking(false);
  finish(turn);
}

function apply(turn, [name, body]) {
  switch (name) {
    case "passages":
      turn.passages = listOf(body.passages);
      announce(`Reading ${plural(turn.passages.length, "passage")}.`);
      break;
    case "search":
      turn.searching = typeof body.query === "string" ? body.query : "";
      announce("Searching the book again.");
      break;
    case "token":
      turn.searching = "";
      turn.text += typeof body.text === "string" ? body.text : "";
      break;
    case "citations":
      turn.citations = listOf(body.citations);
      break;
    case "done":
      complete(turn, body);
      break;
  }
}

const listOf = (value) => (Array.isArray(value) ? value : []);

function complete(turn, body) {
  turn.body = body;
  turn.text = typeof body.answer === "string" ? body.answer : turn.text;
  turn.passages = listOf(body.raw_chunks);
  turn.citations = listOf(body.citations);
  turn.state = body.refused ? "refused" : "answered";
}

function fail(turn, error) {
  if (error.name === "AbortError") {
    turn.state = "stopped";
    return;
  }
  if (!(error instanceof Problem)) console.error(error);
  turn.problem = error instanceof Problem ? error : new Problem({ detail: "Reload the page." });
  turn.state = "failed";
}

// finish shows the end of a turn; what was asked in vain goes back into the box.
function finish(turn) {
  view.update();
  showEarlier();
  if (turn.state === "failed" || turn.state === "stopped") restore(turn);
  announce(outcomeOf(turn));
  if (turn.problem?.status === 401) {
    byId("turn").replaceChildren();
    document.body.classList.remove("asked");
    key.demand(turn.problem);
  }
}

function restore(turn) {
  if (question.value.trim() !== "") return;
  question.value = turn.question;
  setSelection(turn.selection);
  setConversation(turn.conversation);
}

function outcomeOf({ state, citations, problem }) {
  switch (state) {
    case "answered": return `The answer is ready, with ${plural(citations.length, "source")}.`;
    case "refused": return "Not in the book.";
    case "stopped": return "Stopped.";
    default: return `${problem.title}. ${problem.detail}`;
  }
}

function stop() {
  running?.abort();
}

function showEarlier() {
  const current = view?.turn;
  const others = turns.filter((turn) => !current || !history.isSame(turn, current));
  byId("earlier").hidden = others.length === 0;
  byId("earlier-list").replaceChildren(...others.map((turn) => el("li", {},
    el("button", { type: "button", class: "link", dir: "auto",
      on: { click: () => reopen(turn) } }, turn.question))));
}

function reopen({ question: text, selection: about, conversation: before = [], body }) {
  stop();
  running = null;
  setAsking(false);
  const turn = { question: text, selection: about, conversation: before, problem: null };
  complete(turn, body);
  show(turn);
  view.heading.focus();
}

async function showStarters() {
  let found = [];
  try {
    const pages = await documents({ key: key.current() });
    byId("empty").hidden = pages.length > 0;
    found = starters(pages);
  } catch (error) {
    if (error.status === 401) key.demand(error); // Without starters the page works as well.
  }
  byId("starters").hidden = found.length === 0;
  byId("starters-list").replaceChildren(...found.map((text) => el("li", {},
    el("button", { type: "button", class: "starter", dir: "auto",
      on: { click: () => submit(text, "") } }, text))));
}

async function meet() {
  ({ account } = await whoIsHere());
  key.offer(account === null);
  if (history.keepFor(account?.id ?? "")) return;
  turns = [];
  showEarlier();
}

function forget() {
  stop();
  running = null;
  setAsking(false);
  history.clear();
  setConversation([]);
  turns = [];
  view = null;
  passage.close();
  byId("turn").replaceChildren();
  document.body.classList.remove("asked");
  showEarlier();
}

function keyChanged(value) {
  if (value === "") forget();
  showStarters();
  if (value !== "" && question.value.trim() !== "") composer.requestSubmit();
  else question.focus();
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (text === "") {
    question.focus();
    return;
  }
  const about = selection;
  const before = conversation;
  const goOn = followed;
  question.value = "";
  setSelection("");
  setConversation([]);
  key.hide();
  submit(text, about, before, goOn);
});

question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (passage.isOpen()) passage.close();
  else stop();
});

byId("stop").addEventListener("click", () => {
  stop();
  question.focus();
});
byId("follows-remove").addEventListener("click", () => {
  setConversation([]);
  question.focus();
});
byId("about-remove").addEventListener("click", () => {
  setSelection("");
  question.focus();
});

passage.setUp(askAbout);
key.setUp(keyChanged);
offer([
  { node: () => view?.text, source: (range) => view.selectedSource(range) },
  { node: passage.textNode, source: passage.selectedSource },
], askAbout);

const parameters = new URLSearchParams(location.search);
const given = (parameters.get("q") ?? "").trim();
setSelection(parameters.get("selection") ?? "");
question.focus();
showEarlier();
document.addEventListener("signedout", async () => {
  await meet();
  announce("You are signed out.");
});
try {
  await meet();
} catch (error) {
  console.warn(error.title); // Whatever is asked will say the same.
}
showStarters();
if (given !== "") {
  const known = history.find(turns, { question: given, selection });
  if (known) {
    reopen(known);
  } else {
    question.value = given;
    composer.requestSubmit();
  }
}
