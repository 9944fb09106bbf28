// One question and its answer, as a part of the page.
import { directionOf, el, pageLink, plural } from "./dom.js";
import { plain, render, sourceRangeOf } from "./markdown.js";
import { openCitations, openPassage, trailOf } from "./passage.js";
import { partsMissing } from "./degraded.js";
import { rating } from "./feedback.js";

// Keeps a full stop on the line of the marker before it.
const WORD_JOINER = "\u2060";

// A turn is {question, selection, conversation, text, passages, searching, citations, body, problem, state,
// seconds}, state being asking, answered, refused, stopped or failed.
export class AnswerView {
  constructor(turn, { retry, followUp, rated }) {
    this.turn = turn;
    this.pending = null;
    this.retry = retry;
    this.followUp = followUp;
    this.rated = rated;
    this.progress = el("p", { class: "progress" });
    this.text = el("div", { class: "prose answer", dir: "auto" });
    this.after = el("div", { class: "after" });
    this.heading = el("h2", { class: "question", id: "asked", tabindex: "-1", dir: "auto" },
      turn.question);
    const about = turn.selection
      && el("p", { class: "asked-about" }, "About ", el("q", { dir: "auto" }, turn.selection));
    const before = turn.conversation.at(-1);
    const follows = before
      && el("p", { class: "asked-about" }, "After ", el("q", { dir: "auto" }, before.question));
    const body = el("div", { class: "answer-frame" }, this.text);
    this.node = el("article", { class: "turn", "aria-labelledby": "asked" },
      this.heading, follows || null, about || null, this.progress, body, this.after);
    this.update();
  }

  // draw shows the text as far as it has come, once per frame.
  draw() {
    this.pending ??= requestAnimationFrame(() => this.update());
  }

  update() {
    const { turn } = this;
    const asking = turn.state === "asking";
    cancelAnimationFrame(this.pending);
    this.pending = null;
    this.node.setAttribute("aria-busy", String(asking));
    this.node.dataset.state = turn.state;
    this.progress.textContent = asking ? progressOf(turn) : "";
    this.progress.hidden = !asking;
    const shown = turn.state === "refused" ? "" : turn.text;
    this.text.replaceChildren(render(shown, { marker: (number) => this.marker(number) }));
    this.text.hidden = shown === "";
    if (!asking) this.after.replaceChildren(...this.closing().filter(Boolean));
  }

  marker(number) {
    const { citations, passages } = this.turn;
    if (citations === null) return el("span", { class: "cite" }, String(number));
    const cited = citations.filter((citation) => citation.marker === number);
    if (cited.length === 0) return null;
    const button = el("button", { type: "button", class: "cite", "aria-haspopup": "dialog",
      "aria-label": `Source ${number}: ${cited[0].title || cited[0].doc_id}`,
      on: { click: (event) => openCitations(cited, passages, event.currentTarget) } },
    String(number));
    const fragment = document.createDocumentFragment();
    fragment.append(button, WORD_JOINER);
    return fragment;
  }

  closing() {
    const { turn } = this;
    switch (turn.state) {
      case "failed": return [problemCard(turn.problem, this.retry)];
      case "stopped": return [el("p", { class: "meta" }, "Stopped before it was complete.")];
      case "refused": return [refusalCard(turn), degradedNote(turn), passageList(turn, true),
        this.goOn(), meta(turn)];
      default: return [degradedNote(turn), sourceList(turn), passageList(turn), this.goOn(),
        meta(turn)];
    }
  }

  goOn() {
    const { body } = this.turn;
    const stored = body.message_id && !body.degraded?.includes("not_stored");
    return el("div", { class: "go-on" }, el("button", { type: "button", class: "secondary",
      on: { click: this.followUp } }, "Ask a follow-up"),
    stored ? rating(body, this.rated) : null);
  }

  // selectedSource answers the words under a DOM range without citation markers.
  selectedSource(range) {
    const found = sourceRangeOf(range);
    return found && this.turn.text.slice(...found).replace(/\s*\[\d{1,3}\]/g, "");
  }
}

function progressOf({ passages, text, searching }) {
  if (searching) return `Searching the book for “${searching}”`;
  if (text !== "") return "Writing";
  return passages.length > 0 ? `Reading ${plural(passages.length, "passage")}`
    : "Searching the book";
}

function problemCard(problem, retry) {
  const button = el("button", { type: "button", class: "secondary", on: { click: retry } },
    "Try again");
  const wait = el("p", { class: "note" });
  if (problem.retryAfter > 0) countDown(problem.retryAfter, wait, button);
  return el("div", { class: "card problem" },
    el("h3", {}, problem.title), problem.detail ? el("p", {}, problem.detail) : null,
    problem.retryAfter > 0 ? wait : null, button);
}

function countDown(seconds, note, button) {
  button.disabled = true;
  const until = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    note.textContent = left > 0 ? `You can ask again in ${plural(left, "second")}.` : "";
    button.disabled = left > 0;
    if (left > 0 && button.isConnected) setTimeout(tick, 500);
  };
  setTimeout(tick, 0);
}

function refusalCard({ text }) {
  return el("div", { class: "card refusal" },
    el("h3", {}, "Not in the book"),
    el("p", { dir: "auto" }, text || "The pages hold no evidence for an answer."),
    el("p", { class: "note" }, "Other words may help, or a narrower question."));
}

function degradedNote({ body }) {
  const parts = partsMissing(body.degraded);
  if (parts.length === 0) return null;
  return el("div", { class: "degraded", role: "note" },
    el("p", {}, el("strong", {}, "A part was missing. "), parts.join(" ")));
}

function sourceList({ citations, passages }) {
  if (citations.length === 0) return null;
  const items = citations.map((citation) => el("li", { dir: directionOf(citation.quote) },
    el("button", { type: "button", class: "source", "aria-haspopup": "dialog",
      on: { click: (event) => openCitations(
        citations.filter(({ marker }) => marker === citation.marker), passages,
        event.currentTarget) } },
    el("span", { class: "cite", "aria-hidden": "true" }, String(citation.marker)),
    el("span", { class: "hidden" }, `Source ${citation.marker}: `),
    el("span", { class: "source-title" }, el("bdi", {}, citation.title || citation.doc_id)),
    citation.chapter && citation.chapter !== citation.title
      ? el("span", { class: "source-chapter" }, el("bdi", {}, citation.chapter)) : null,
    el("span", { class: "source-quote" }, plain(citation.quote))),
    pageLink(citation.url, "Page")));
  return el("section", { class: "sources", "aria-labelledby": "sources-title" },
    el("h3", { id: "sources-title" }, "Sources"), el("ol", {}, ...items));
}

function passageList({ passages }, near = false) {
  if (passages.length === 0) return null;
  const items = passages.map((passage) => el("li", {},
    el("button", { type: "button", class: "link", "aria-haspopup": "dialog", dir: "auto",
      on: { click: (event) => openPassage(passage, event.currentTarget) } },
    [passage.title || passage.doc_id, trailOf(passage)].filter(Boolean).join(" › "))));
  return el("details", { class: "passages", open: near },
    el("summary", {}, near ? "The nearest passages" : `${plural(passages.length, "passage")} read`),
    el("ol", {}, ...items));
}

function meta({ question, body, seconds }) {
  const searched = body.searched_question;
  const parts = [searched && searched !== question && `Searched for: ${searched}`,
    body.model && (/^extractive/.test(body.model)
    ? "Quoted from the book, without a language model" : `Answered by ${body.model}`),
    body.message_id && "Kept with your account",
    seconds !== undefined && `${seconds < 0.1 ? "under 0.1" : seconds.toFixed(1)} s`];
  const text = parts.filter(Boolean).join(" · ");
  return text ? el("p", { class: "meta" }, text) : null;
}
