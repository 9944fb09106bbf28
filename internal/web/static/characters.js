// Character references of HTML, as writers use them in Markdown: numbers, and the names of
// what is hard to type or would be taken for a sign of Markdown. They are not parsed as
// HTML, because nothing in a book is ever markup.
// Names: https://html.spec.whatwg.org/multipage/named-characters.html
const NAMES = {
  amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'", nbsp: "\u00a0", shy: "\u00ad",
  mdash: "—", ndash: "–", hellip: "…", lsquo: "‘", rsquo: "’", ldquo: "“",
  rdquo: "”", laquo: "«", raquo: "»", bull: "•", middot: "·", copy: "©", reg: "®",
  trade: "™", sect: "§", para: "¶", deg: "°", prime: "′", euro: "€", pound: "£",
  yen: "¥", cent: "¢", times: "×", divide: "÷", plusmn: "±", minus: "−", ne: "≠",
  le: "≤", ge: "≥", asymp: "≈", infin: "∞", radic: "√", sum: "∑", micro: "µ",
  frac12: "½", frac14: "¼", sup2: "²", sup3: "³", larr: "←", uarr: "↑", rarr: "→",
  darr: "↓", harr: "↔", lArr: "⇐", rArr: "⇒", hArr: "⇔", check: "✓", cross: "✗",
  ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009", zwj: "\u200d", zwnj: "\u200c", vert: "|",
  verbar: "|", ast: "*", num: "#", grave: "`", lowbar: "_", bsol: "\\", sol: "/", lbrace: "{",
  rbrace: "}", lcub: "{", rcub: "}", lbrack: "[", rbrack: "]", lsqb: "[", rsqb: "]", lpar: "(",
  rpar: ")", excl: "!", dollar: "$", percnt: "%", plus: "+", equals: "=", colon: ":",
  commat: "@", Hat: "^", tilde: "˜", alpha: "α", beta: "β", gamma: "γ", delta: "δ",
  epsilon: "ε", theta: "θ", lambda: "λ", mu: "μ", pi: "π", sigma: "σ", tau: "τ",
  phi: "φ", omega: "ω", Delta: "Δ", Sigma: "Σ", Omega: "Ω",
};

// character answers what a reference such as &mdash; or &#x2014; stands for, or null.
export function character(reference) {
  const name = reference.slice(1, -1);
  if (name[0] !== "#") return Object.hasOwn(NAMES, name) ? NAMES[name] : null;
  const point = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point > 0 && point <= 0x10ffff && !surrogate ? String.fromCodePoint(point) : "\ufffd";
}
