// What a reader thinks of an answer that is kept in a conversation.
import { el } from "./dom.js";
import { call } from "./http.js";

const SVG = "http://www.w3.org/2000/svg";
const THUMB = "M3 10h4v10H3zM9 20V10l4-7c1.6 0 2.6 1.2 2.3 2.7L14.6 9H19c1.3 0 2.2 1.2 1.9 "
  + "2.4l-1.6 7c-.3 1-1.2 1.6-2.2 1.6z";

// picture is a thumb, up or down.
function picture(down) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (down) svg.setAttribute("transform", "rotate(180)");
  path.setAttribute("d", THUMB);
  svg.append(path);
  return svg;
}

// rating makes the buttons to rate an answer with, and to say why. The rating is remembered in the
// answer's body; `changed` is called after that.
export function rating(body, changed) {
  const said = el("p", { class: "note", role: "status" });
  const good = thumb("Good answer", 1);
  const bad = thumb("Bad answer", -1);
  const comment = el("textarea", { id: "comment", name: "comment", rows: "2", maxlength: "4000",
    dir: "auto" });
  const why = el("form", { class: "why", hidden: true, on: { submit: (event) => {
    event.preventDefault();
    give(body.rating, comment.value.trim(), "Thank you.");
  } } },
  el("label", { for: "comment" }, "What should whoever runs this book know?"), comment,
  el("button", { type: "submit", class: "secondary" }, "Send"));

  function thumb(name, value) {
    return el("button", { type: "button", class: "thumb", "aria-label": name, title: name,
      on: { click: () => (body.rating === value ? withdraw() : give(value, "", "Thank you.")) } },
    picture(value < 0));
  }

  async function give(value, text, done) {
    const sent = { message_id: body.message_id, rating: value, ...(text && { comment: text }) };
    if (!await tell(() => call("POST", "api/feedback", sent), done)) return;
    body.rating = value;
    why.hidden = text !== "";
    show();
  }

  async function withdraw() {
    const take = () => call("DELETE", `api/feedback/${body.message_id}`);
    if (!await tell(take, "Your rating is taken back.")) return;
    body.rating = 0;
    why.hidden = true;
    show();
  }

  async function tell(act, done) {
    try {
      await act();
    } catch (error) {
      said.textContent = error.detail || error.title || "";
      return false;
    }
    said.textContent = done;
    changed();
    return true;
  }

  function show() {
    good.setAttribute("aria-pressed", String(body.rating === 1));
    bad.setAttribute("aria-pressed", String(body.rating === -1));
  }

  show();
  return el("div", { class: "rating" },
    el("div", { class: "thumbs", role: "group", "aria-label": "Rate this answer" }, good, bad, said),
    why);
}
