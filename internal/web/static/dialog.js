// Questions that come before something that cannot be taken back.
import { el } from "./dom.js";
import { onSubmit } from "./form.js";

// ask opens a dialog with a text, fields and a button. `send` gets the values; what it answers is given
// to `show`, which makes what the dialog shows then, or to `done` when the dialog is closed. What fails
// is shown in the dialog.
export function ask({
  title, text, fields = [], action, danger = false, send, show, done, fieldOf,
}) {
  const form = el("form", {},
    el("h2", { id: "dialog-title", tabindex: "-1", autofocus: true }, title),
    ...[text].flat().filter(Boolean).map((line) => el("p", {}, line)),
    ...fields,
    el("div", { class: "actions" },
      el("button", { type: "submit", class: danger ? "primary danger" : "primary" }, action),
      el("button", { type: "button", class: "secondary", on: { click: () => dialog.close() } },
        "Cancel")));
  const dialog = el("dialog", { class: "ask", "aria-labelledby": "dialog-title" }, form);
  onSubmit(form, async (values) => {
    const result = await send(values);
    if (!show) {
      dialog.close();
      done?.(result);
      return;
    }
    const shown = show(result);
    form.replaceChildren(shown, el("div", { class: "actions" }, el("button",
      { type: "button", class: "primary", on: { click: () => dialog.close() } }, "Done")));
    shown.querySelector("h2")?.focus();
  }, fieldOf);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// field is a labelled input for a dialog.
export function field(label, attributes, note = "") {
  const id = `dialog-${attributes.name}`;
  return el("div", { class: "field" },
    el("label", { for: id }, label),
    el("input", { id, "aria-describedby": note ? `${id}-note` : null, ...attributes }),
    note ? el("p", { class: "note", id: `${id}-note` }, note) : null);
}

// choices is a group of radio buttons: [value, label] each.
export function choices(legend, name, values, current) {
  return el("fieldset", { class: "bare" }, el("legend", {}, legend),
    ...values.map(([value, label]) => el("label", { class: "choice" },
      el("input", { type: "radio", name, value, checked: value === current }), label)));
}

// fate asks what becomes of an account's documents, as two choices and a field for the heir. Of the
// form's values, fateOf makes what the API takes.
export function fate() {
  const heir = field("User name or e-mail address of the new owner",
    { name: "hand_over_to", maxlength: "254", autocapitalize: "none", spellcheck: "false" },
    "An editor or an administrator.");
  const choice = (value, label, checked) => el("label", { class: "choice" },
    el("input", { type: "radio", name: "documents", value, checked, on: { change: show } }), label);
  function show() {
    const handOver = group.querySelector("[value=hand_over]").checked;
    heir.hidden = !handOver;
    heir.querySelector("input").required = handOver;
  }
  const group = el("fieldset", { class: "bare" },
    el("legend", {}, "What becomes of the documents?"),
    choice("delete", "They are deleted", true),
    choice("hand_over", "Another account gets them", false), heir);
  show();
  return group;
}

// fateField is the field that a problem with them is about, if it is.
export const fateField = (detail) => (/hand|own documents/.test(detail) ? "hand_over_to" : "");

export const fateOf = ({ documents = "delete", hand_over_to: heir }) => (
  documents === "hand_over" ? { documents, hand_over_to: heir } : { documents });
