// Secrets that are shown once.
import { el } from "./dom.js";

// showOnce puts a secret into a place, to copy it from.
export function showOnce(place, { title, note, value }) {
  const box = el("input", { id: `${place.id}-value`, class: "secret", readonly: true, value,
    "aria-label": title, spellcheck: "false", on: { focus: () => box.select() } });
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
  const heading = el("h3", { tabindex: "-1" }, title);
  place.replaceChildren(el("div", { class: "once" }, heading, el("p", {}, note), box,
    el("div", { class: "actions" }, copy, said)));
  heading.focus();
}
