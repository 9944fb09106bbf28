// Inline Markdown: code spans, bold, emphasis, links, character references, footnote and
// citation markers.
import { character } from "./characters.js";
import { el } from "./dom.js";

// Where each text node that was made here stands: {at, from}, `at` being the source
// offsets of its run; or {whole}, the [start, end) of the source that it stands for.
const places = new WeakMap();

// run joins lines into one text whose characters know their source offsets.
export function run(lines, context) {
  const at = [];
  let text = "";
  lines.forEach((line, number) => {
    if (number > 0) {
      at.push(lines[number - 1].end);
      text += "\n";
    }
    for (let i = line.start; i < line.end; i++) at.push(i);
    text += context.source.slice(line.start, line.end);
  });
  const show = (parent, from, to) => showText(parent, { text, at }, from, to, context.marks);
  // instead makes a node that shows other words in place of text[from:to].
  const instead = (words, from, to) => {
    const node = document.createTextNode(words);
    places.set(node, { whole: [at[from], at[to - 1] + 1] });
    return isMarked(context.marks, at[from]) ? el("mark", {}, node) : node;
  };
  return { text, at, show, instead };
}

const isMarked = (marks, at) => marks.some(([start, end]) => start <= at && at < end);

// showText appends text[from:to], the marked parts of it inside <mark>.
function showText(parent, { text, at }, from, to, marks) {
  for (let start = from; start < to;) {
    const marked = isMarked(marks, at[start]);
    let end = start + 1;
    while (end < to && isMarked(marks, at[end]) === marked) end++;
    const node = document.createTextNode(text.slice(start, end));
    places.set(node, { at, from: start });
    parent.append(marked ? el("mark", {}, node) : node);
    start = end;
  }
}

// sourceRangeOf turns a DOM range into the [start, end) of the source it shows, or
// null when nothing of it was rendered here.
export function sourceRangeOf(range) {
  const root = range.commonAncestorContainer;
  const walker = document.createTreeWalker(
    root.nodeType === Node.TEXT_NODE ? root.parentNode : root, NodeFilter.SHOW_TEXT);
  let start = null;
  let end = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const place = places.get(node);
    if (!place || !range.intersectsNode(node)) continue;
    const from = node === range.startContainer ? range.startOffset : 0;
    const to = node === range.endContainer ? range.endOffset : node.length;
    if (from >= to) continue;
    const [first, last] = place.whole
      ?? [place.at[place.from + from], place.at[place.from + to - 1] + 1];
    start ??= first;
    end = last;
  }
  return start === null ? null : [start, end];
}

const MARKER = /\[(\d{1,3})\](?!\()/y;
const LINK = /!?\[([^[\]]{0,500})\]\(([^()\s]{0,2000})(?:\s+"[^"]{0,500}")?\)/y;
const REFERENCE = /\[(?!\d{1,3}\])([^[\]^][^[\]]{0,500})\]\[[^[\]]{0,200}\]/y;
const FOOTNOTE = /\[\^([^\]\s]{1,100})\]/y;
const ADDRESS = /<(https?:\/\/[^<>\s]{1,2000})>/y;
const ENTITY = /&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});/y;
const ESCAPED = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}_]/u;
const DEEPEST = 4;

// inline appends the nodes of a run to parent.
export function inline(parent, content, context) {
  new Parser(content, context).parse(parent, 0, content.text.length, 0);
}

class Parser {
  constructor(content, context) {
    this.content = content;
    this.text = content.text;
    this.context = context;
    // Delimiters that do not occur further on, so that a text full of openers
    // without closers is searched once.
    this.absent = new Set();
  }

  parse(parent, from, to, depth) {
    let shown = from;
    for (let i = from; i < to;) {
      if (this.text[i] === "\\" && i + 1 < to && ESCAPED.test(this.text[i + 1])) {
        this.content.show(parent, shown, i);
        shown = i + 1;
        i += 2;
        continue;
      }
      const span = this.spanAt(i, to, depth);
      if (span === null) {
        i++;
        continue;
      }
      this.content.show(parent, shown, i);
      parent.append(span.node);
      i = shown = span.end;
    }
    this.content.show(parent, shown, to);
  }

  spanAt(i, to, depth) {
    switch (this.text[i]) {
      case "`": return this.code(i, to);
      case "*":
      case "_": return depth < DEEPEST ? this.emphasis(i, to, depth) : null;
      case "[": return this.marker(i, to) ?? this.link(i, to, depth)
        ?? this.reference(i, to, depth) ?? this.footnote(i, to);
      case "<": return this.address(i, to);
      case "&": return this.entity(i, to);
      case "!": return this.text[i + 1] === "[" ? this.link(i, to, depth) : null;
      default: return null;
    }
  }

  closer(delimiter, from, to) {
    if (this.absent.has(delimiter)) return -1;
    const found = this.text.indexOf(delimiter, from);
    if (found < 0) this.absent.add(delimiter);
    return found < 0 || found + delimiter.length > to ? -1 : found;
  }

  code(i, to) {
    let width = 1;
    while (this.text[i + width] === "`") width++;
    const close = this.closer("`".repeat(width), i + width, to);
    if (close < 0) return null;
    const node = el("code", { dir: "ltr" });
    this.content.show(node, i + width, close);
    return { node, end: close + width };
  }

  emphasis(i, to, depth) {
    const sign = this.text[i];
    const delimiter = this.text[i + 1] === sign ? sign + sign : sign;
    const start = i + delimiter.length;
    if (start >= to || /\s/.test(this.text[start])) return null;
    // An underscore inside a word is part of a name, as in snake_case.
    if (sign === "_" && i > 0 && WORD.test(this.text[i - 1])) return null;
    const close = this.closer(delimiter, start + 1, to);
    const end = close + delimiter.length;
    if (close < 0 || /\s/.test(this.text[close - 1])) return null;
    if (sign === "_" && end < this.text.length && WORD.test(this.text[end])) return null;
    const node = el(delimiter.length === 2 ? "strong" : "em");
    this.parse(node, start, close, depth + 1);
    return { node, end };
  }

  marker(i, to) {
    const match = this.context.marker && this.match(MARKER, i, to);
    if (!match) return null;
    const node = this.context.marker(Number(match[1]));
    return node && { node, end: i + match[0].length };
  }

  // A link inside a book is written for the book's own pages: only an absolute
  // address still leads somewhere from here. Of others, and of images, the words stay.
  link(i, to, depth) {
    const match = this.match(LINK, i, to);
    if (!match) return null;
    const absolute = match[0][0] === "[" && /^https?:\/\//i.test(match[2]);
    const node = (absolute && this.context.pageLink(match[2], "")) || el("span");
    node.prepend(this.words(match[1], i, depth));
    return { node, end: i + match[0].length };
  }

  // words shows the text between the brackets that begin at i or after it.
  words(text, i, depth) {
    const words = el("span");
    const start = this.text.indexOf("[", i) + 1;
    this.parse(words, start, start + text.length, Math.max(depth + 1, DEEPEST - 1));
    return words;
  }

  // Where a reference leads is often said outside the passage: the words stay. After a
  // letter or a digit it is code, as in a[i][j].
  reference(i, to, depth) {
    const match = this.match(REFERENCE, i, to);
    if (!match || (i > 0 && WORD.test(this.text[i - 1]))) return null;
    return { node: this.words(match[1], i, depth), end: i + match[0].length };
  }

  footnote(i, to) {
    const match = this.match(FOOTNOTE, i, to);
    return match && { node: el("sup", {}, this.content.instead(match[1], i, i + match[0].length)),
      end: i + match[0].length };
  }

  address(i, to) {
    const match = this.match(ADDRESS, i, to);
    const node = match && this.context.pageLink(match[1], "");
    if (!node) return null;
    node.prepend(this.content.instead(match[1], i, i + match[0].length));
    return { node, end: i + match[0].length };
  }

  // A character reference is shown as its character; one that is not known stays as it is.
  entity(i, to) {
    const match = this.match(ENTITY, i, to);
    const letters = match && character(match[0]);
    if (letters === null) return null;
    const end = i + match[0].length;
    return { node: this.content.instead(letters, i, end), end };
  }

  match(pattern, i, to) {
    pattern.lastIndex = i;
    const match = pattern.exec(this.text);
    return match && pattern.lastIndex <= to ? match : null;
  }
}

