// The part of Markdown that answers and passages use, rendered by building nodes:
// paragraphs, headings, lists, quotes, tables, footnotes, code, bold, emphasis, links and
// character references. Definitions of links are left out. What is not recognised stays
// the text it is, HTML included.
//
// Every character that is shown remembers where it stands in the source, so that
// quotes can be marked by their offsets and a selection can be turned back into the
// words of the source. Offsets here are UTF-16 units.
import { el, pageLink } from "./dom.js";
import { inline, run, sourceRangeOf } from "./inline.js";

export { sourceRangeOf };

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?=\s|$)\s*/;
const RULE = /^ {0,3}(?:-[ -]*-[ -]*-|\*[ *]*\*[ *]*\*|_[ _]*_[ _]*_)[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)])( +)(?=\S)/;
const TABLE_ROW = /^ {0,3}\|/;
const DIRECTIVE = /^ {0,3}:{3,}\s*(?:\w+\s*)?/;
const DEFINITION = /^ {0,3}\[[^\]^][^\]]{0,500}\]:\s+\S/;
const NOTE = /^ {0,3}\[\^([^\]\s]{1,100})\]:\s*/;
const DEEPEST = 6;

// render answers a fragment for the source. `marks` are [start, end) ranges of the
// source to be wrapped in <mark>; `marker(n)` makes the node for a citation marker
// `[n]`, or answers null where there is none.
export function render(source, { marks = [], marker = null } = {}) {
  const fragment = document.createDocumentFragment();
  const context = { source, marks: [...marks].sort((a, b) => a[0] - b[0]), marker, pageLink };
  blocks(fragment, linesOf(source), context, 0);
  return fragment;
}

// plain answers the words of the source on one line.
export function plain(source) {
  const fragment = document.createDocumentFragment();
  const context = { source, marks: [], marker: null, pageLink: () => null };
  blocks(fragment, linesOf(source), context, 0);
  return Array.from(fragment.childNodes, (node) => node.textContent).join(" ")
    .replace(/\s+/g, " ").trim();
}

function linesOf(source) {
  const lines = [];
  const end = /\r\n|\n|\r/g;
  let start = 0;
  for (let match; (match = end.exec(source)); start = end.lastIndex) {
    lines.push({ start, end: match.index });
  }
  lines.push({ start, end: source.length });
  return lines;
}

const textOf = (line, { source }) => source.slice(line.start, line.end);
const without = (line, width) => ({ start: Math.min(line.start + width, line.end), end: line.end });
const indentOf = (text) => text.length - text.trimStart().length;

function startsBlock(text) {
  return FENCE.test(text) || HEADING.test(text) || QUOTE.test(text) || ITEM.test(text)
    || TABLE_ROW.test(text) || DIRECTIVE.test(text) || RULE.test(text);
}

function blocks(parent, lines, context, depth) {
  for (let i = 0; i < lines.length;) {
    const text = textOf(lines[i], context);
    if (text.trim() === "" || DEFINITION.test(text)) i++;
    else if (FENCE.test(text)) i = codeBlock(parent, lines, i, context);
    else if (HEADING.test(text)) i = heading(parent, lines, i, context);
    else if (RULE.test(text)) i = (parent.append(el("hr")), i + 1);
    else if (DIRECTIVE.test(text)) i = directive(parent, lines, i, context);
    else if (TABLE_ROW.test(text)) i = table(parent, lines, i, context);
    else if (QUOTE.test(text) && depth < DEEPEST) i = quote(parent, lines, i, context, depth);
    else if (NOTE.test(text)) i = footnote(parent, lines, i, context);
    else if (ITEM.test(text) && depth < DEEPEST) i = list(parent, lines, i, context, depth);
    else i = paragraph(parent, lines, i, context);
  }
}

function codeBlock(parent, lines, i, context) {
  const fence = FENCE.exec(textOf(lines[i], context))[1];
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`);
  const body = [];
  for (i++; i < lines.length && !closing.test(textOf(lines[i], context)); i++) body.push(lines[i]);
  const code = el("code");
  const content = run(body, context);
  content.show(code, 0, content.text.length);
  parent.append(el("pre", { dir: "ltr" }, code));
  return i + 1;
}

// Headings inside an answer are not headings of this page: they are shown as such,
// and kept out of its outline.
function heading(parent, lines, i, context) {
  const text = textOf(lines[i], context);
  const start = HEADING.exec(text)[0].length;
  const end = text.replace(/\s*(?:\{#[^{}]*\}|#+)?\s*$/, "").length;
  const node = el("p", { class: "heading", dir: "auto" });
  const line = { start: lines[i].start + start, end: lines[i].start + Math.max(start, end) };
  inline(node, run([line], context), context);
  parent.append(node);
  return i + 1;
}

// A directive (`:::note Title`) opens or closes an admonition: its title is shown.
function directive(parent, lines, i, context) {
  const text = textOf(lines[i], context);
  const start = DIRECTIVE.exec(text)[0].length;
  if (text.trim().length > start) {
    const node = el("p", { class: "heading", dir: "auto" });
    inline(node, run([without(lines[i], start)], context), context);
    parent.append(node);
  }
  return i + 1;
}

function quote(parent, lines, i, context, depth) {
  const body = [];
  for (; i < lines.length; i++) {
    const match = QUOTE.exec(textOf(lines[i], context));
    if (!match) break;
    body.push(without(lines[i], match[0].length));
  }
  const node = el("blockquote", { dir: "auto" });
  blocks(node, body, context, depth + 1);
  parent.append(node);
  return i;
}

function list(parent, lines, i, context, depth) {
  const first = ITEM.exec(textOf(lines[i], context));
  const ordered = first[2] !== undefined;
  const node = el(ordered ? "ol" : "ul", { dir: "auto" });
  if (ordered && Number(first[2]) !== 1) node.setAttribute("start", first[2]);
  while (i < lines.length) {
    const match = ITEM.exec(textOf(lines[i], context));
    const same = match && (match[2] !== undefined) === ordered;
    if (!same || match[1].length > first[1].length + 1) break;
    const body = [without(lines[i], match[0].length)];
    i = itemBody(body, lines, i + 1, match, context);
    const item = el("li");
    blocks(item, body, context, depth + 1);
    if (item.childElementCount === 1 && item.firstElementChild.localName === "p") {
      item.replaceChildren(...item.firstElementChild.childNodes);
    }
    node.append(item);
  }
  parent.append(node);
  return i;
}

// itemBody collects the lines that belong to the item that `match` found, and answers
// the line after them.
function itemBody(body, lines, i, match, context) {
  const width = match[0].length;
  const margin = match[1].length;
  while (i < lines.length) {
    let next = i;
    while (next < lines.length && textOf(lines[next], context).trim() === "") next++;
    if (next === lines.length) return next;
    const text = textOf(lines[next], context);
    const indent = indentOf(text);
    const inside = indent >= margin + 2;
    if (next > i && !inside) return next;
    if (!inside && startsBlock(text)) return next;
    body.push(...lines.slice(i, next), without(lines[next], Math.min(indent, width)));
    i = next + 1;
  }
  return i;
}

function table(parent, lines, i, context) {
  const node = el("table");
  for (let row = 0; i < lines.length && TABLE_ROW.test(textOf(lines[i], context)); i++) {
    if (/^[\s|:-]+$/.test(textOf(lines[i], context))) continue;
    node.append(tableRow(lines[i], row === 0 ? "th" : "td", context));
    row++;
  }
  parent.append(el("div", { class: "table", role: "group", tabindex: "0",
    "aria-label": "Table" }, node));
  return i;
}

function tableRow(line, name, context) {
  const row = el("tr");
  const text = textOf(line, context);
  const bar = /(?<!\\)\|/g;
  bar.lastIndex = text.indexOf("|") + 1;
  for (let start = bar.lastIndex, match; start < text.length; start = bar.lastIndex) {
    match = bar.exec(text);
    const cell = el(name, { dir: "auto" });
    const end = match ? match.index : text.length;
    inline(cell, run([trimmed(text, line.start, start, end)], context), context);
    if (match || cell.hasChildNodes()) row.append(cell);
    if (!match) break;
  }
  return row;
}

// A footnote is a paragraph that begins with its marker.
function footnote(parent, lines, i, context) {
  const [marker, name] = NOTE.exec(textOf(lines[i], context));
  const end = paragraph(parent, lines, i, context, marker.length);
  parent.lastElementChild.prepend(el("sup", {}, name), " ");
  return end;
}

function trimmed(text, offset, start, end) {
  while (start < end && text[start] === " ") start++;
  while (end > start && text[end - 1] === " ") end--;
  return { start: offset + start, end: offset + end };
}

// paragraph takes the line i whatever it is, without the first `width` characters.
function paragraph(parent, lines, i, context, width = indentOf(textOf(lines[i], context))) {
  const body = [without(lines[i], width)];
  for (i++; i < lines.length; i++) {
    const text = textOf(lines[i], context);
    if (text.trim() === "" || startsBlock(text)) break;
    body.push(without(lines[i], indentOf(text)));
  }
  const node = el("p", { dir: "auto" });
  inline(node, run(body, context), context);
  parent.append(node);
  return i;
}
