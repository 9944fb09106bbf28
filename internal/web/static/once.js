// Secrets that are shown once.
import { el } from "./dom.js";

// showOnce puts a secret into a place.
export function showOnce(place, secret) {
  const shown = once(secret);
  place.replaceChildren(shown);
  shown.querySelector("h2").focus();
}

// once is a secret to copy.
export function once({ title, note, value }) {
  const box = el("input", { class: "secret", readonly: true, value, "aria-label": title,
    spellcheck: "false", on: { focus: () => box.select() } });
  const said = el("span", { role: "status" });
  const copy = el("button", { type: "button", class: "secondary", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(value);
      said.textContent = "Copied.";
    } catch {
      box.select();
      said.textContent = "Copy it with the keyboard.";
    }
  } } }, "Copy");
  return el("div", { class: "once" }, el("h2", { tabindex: "-1" }, title), el("p", {}, note), box,
    el("div", { class: "actions" }, copy, said));
}

// linkOf is the address of a one-time link, also where the server does not know its own.
export const linkOf = (page, { url, token }) => (/^https?:/.test(url) ? url
  : new URL(`${page}#${token}`, document.baseURI).href);
