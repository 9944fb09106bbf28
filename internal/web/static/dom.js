// Building blocks for pages whose data comes from elsewhere: every node is made
// by name and every text is set as text, so nothing in a book is ever markup.

// el makes an element. Properties are attributes, except `class`, `on` (an object
// of listeners), and values that are false, null or undefined, which are left out.
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "on") {
      for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    } else {
      node.setAttribute(key, value === true ? "" : value);
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// directionOf answers the direction of the first letter, where `dir="auto"` would look at
// words of this page as well.
export function directionOf(text) {
  const letter = /\p{L}/u.exec(text)?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(letter) ? "rtl" : "ltr";
}

// safeHref resolves a URL from data against this page. It answers null for
// whatever is not http or https, `javascript:` and `data:` above all.
export function safeHref(url) {
  if (typeof url !== "string" || url.trim() === "") return null;
  try {
    const resolved = new URL(url, document.baseURI);
    return /^https?:$/.test(resolved.protocol) ? resolved.href : null;
  } catch {
    return null;
  }
}

// pageLink is a link to a page of the book, in a tab of its own; null when the
// page has no address that may be followed.
export function pageLink(url, label) {
  const href = safeHref(url);
  if (href === null) return null;
  return el("a", { class: "page-link", href, target: "_blank", rel: "noopener noreferrer" },
    label, el("span", { "aria-hidden": "true" }, " ↗"),
    el("span", { class: "hidden" }, " (opens a new tab)"));
}
