// "Ask about this": a button beside text that the reader has marked.
import { el } from "./dom.js";

// Longer selections are cut: a few sentences say what is meant.
const LONGEST = 2000;

// offer shows the button whenever text inside one of the regions is marked. A region is
// {node(), source(range)}; `ask(text)` gets the words of the source.
export function offer(regions, ask) {
  let chosen = "";
  const button = el("button", { type: "button", class: "ask-about", hidden: true },
    "Ask about this");
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    button.hidden = true;
    document.getSelection().removeAllRanges();
    ask(chosen);
  });

  const update = () => {
    const found = markedIn(regions);
    chosen = found ? cut(found.text) : "";
    button.hidden = chosen === "";
    if (chosen !== "") place(button, found);
  };
  let timer = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(update, 150);
  });
}

function markedIn(regions) {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  for (const region of regions) {
    const node = region.node();
    if (!node?.contains(range.commonAncestorContainer)) continue;
    const text = (region.source(range) ?? "").trim();
    if (text !== "") return { node, range, text };
  }
  return null;
}

// The button stands inside the region's parent, so that it is next in the order of
// keys, and reachable while the panel is modal.
function place(button, { node, range }) {
  const parent = node.parentElement;
  if (button.parentElement !== parent) node.after(button);
  const lines = range.getClientRects();
  const marked = lines[lines.length - 1] ?? range.getBoundingClientRect();
  const frame = parent.getBoundingClientRect();
  const left = marked.left - frame.left + marked.width / 2 - button.offsetWidth / 2;
  const top = marked.bottom - frame.top + 8;
  const lowest = window.innerHeight - frame.top - button.offsetHeight - 8;
  button.style.left = `${Math.max(8, Math.min(left, frame.width - button.offsetWidth - 8))}px`;
  button.style.top = `${Math.min(top, lowest)}px`;
}

export function cut(text) {
  const points = Array.from(text.trim());
  return points.length <= LONGEST ? text.trim() : points.slice(0, LONGEST).join("").trim();
}
