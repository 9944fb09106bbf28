// The panel that shows a quoted passage: beside the answer where there is room, above
// the page (and modal) where there is not.
import { byId, el, pageLink } from "./dom.js";
import { render, sourceRangeOf } from "./markdown.js";
import { passageOf, quoteRange } from "./quote.js";

const panel = byId("passage");
const roomy = window.matchMedia("(min-width: 68rem)");
let source = "";
let opener = null;
let onAskAbout = () => {};

// setUp connects the panel's own controls; `askAbout(text)` is called with words of the
// passage that the reader wants to ask about.
export function setUp(askAbout) {
  onAskAbout = askAbout;
  byId("passage-close").addEventListener("click", close);
  // The browser closes a modal panel by itself, on Escape or a back gesture.
  panel.addEventListener("close", () => {
    if (!panel.open) leave();
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel) close(); // The backdrop.
  });
  roomy.addEventListener("change", () => {
    if (!panel.open) return;
    panel.close();
    document.body.classList.remove("beside");
    reveal();
  });
}

export const isOpen = () => panel.open;

export function close() {
  if (!panel.open) return;
  panel.close();
  leave();
}

// leave gives the focus back at once: what the reader does next must not lose it to an
// event that is still on its way.
function leave() {
  document.body.classList.remove("beside");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

// openCitations shows the passage behind the citations of one marker, their quotes
// marked.
export function openCitations(citations, passages, from) {
  const [first] = citations;
  const passage = passageOf(first, passages);
  const shown = passage ?? { ...first, text: first.quote, char_start: first.char_start };
  const marks = citations.filter((citation) => passageOf(citation, passages) === passage)
    .map((citation) => quoteRange(citation, shown)).filter(Boolean);
  open({ ...shown, url: first.url || shown.url }, marks, first.quote, from,
    `Source ${first.marker}`);
}

// openPassage shows a passage that nothing was quoted from.
export function openPassage(passage, from) {
  open(passage, [], passage.text, from, "Passage");
}

function open(passage, marks, about, from, label) {
  source = passage.text;
  const chapter = passage.chapter !== passage.title && passage.chapter;
  byId("passage-eyebrow").textContent = [label, chapter].filter(Boolean).join(" · ");
  byId("passage-title").textContent = passage.title || passage.doc_id;
  byId("passage-trail").textContent = trailOf(passage);
  const text = byId("passage-text");
  text.replaceChildren(render(passage.text, { marks }));
  byId("passage-actions").replaceChildren(...[
    pageLink(passage.url, "Read it in the book"),
    el("button", { type: "button", class: "secondary", on: { click: () => onAskAbout(about) } },
      marks.length > 0 ? "Ask about this quote" : "Ask about this passage"),
  ].filter(Boolean));
  opener = from;
  reveal();
  scrollToMark(text);
  byId("passage-title").focus({ preventScroll: true });
}

export function trailOf({ heading_path: path, title }) {
  return (Array.isArray(path) ? path : []).filter((part) => part !== title).join(" › ");
}

function reveal() {
  if (roomy.matches) {
    document.body.classList.add("beside");
    if (!panel.open) panel.show();
  } else if (!panel.open) {
    panel.showModal();
  }
}

function scrollToMark(text) {
  const mark = text.querySelector("mark");
  text.scrollTop = mark ? mark.offsetTop - text.clientHeight / 3 : 0;
}

// selectedSource answers the words of the passage's source under a DOM range.
export function selectedSource(range) {
  const found = sourceRangeOf(range);
  return found && source.slice(...found);
}

export const textNode = () => byId("passage-text");
