// Forms whose mistakes are shown beside their fields, in the server's words.
import { el } from "./dom.js";
import { Problem } from "./http.js";

// onSubmit makes a form send its values, as an object by name, with `send`. While that runs, the form
// cannot be sent again. What fails stands beside the field that the problem, or `fieldOf(problem)`,
// names, or else above the button.
export function onSubmit(form, send, fieldOf = () => "") {
  form.noValidate = true; // What is wrong is said in the page, not in bubbles.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    clear(form);
    if (!checkFields(form)) return;
    form.setAttribute("aria-busy", "true");
    try {
      await send(valuesOf(form), event.submitter);
    } catch (error) {
      showProblem(form, error, fieldOf);
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

export const valuesOf = (form) => Object.fromEntries(new FormData(form));

// checkFields finds what the browser knows to be wrong.
function checkFields(form) {
  const wrong = [...form.elements].filter((field) => field.willValidate && !field.validity.valid);
  for (const field of wrong) {
    explain(field, field.validity.valueMissing ? "This is needed."
      : field.dataset.invalid ?? field.validationMessage);
  }
  wrong[0]?.focus();
  return wrong.length === 0;
}

function showProblem(form, error, fieldOf) {
  if (!(error instanceof Problem)) {
    console.error(error);
    error = new Problem({ detail: "Reload the page." });
  }
  const wrong = error.errors
    .map(({ location, message }) => [form.elements[location?.split(".").at(-1)], message])
    .filter(([field]) => field);
  const named = form.elements[fieldOf(error)];
  if (wrong.length === 0 && named) wrong.push([named, error.detail]);
  for (const [field, message] of wrong) explain(field, message);
  if (wrong.length > 0) {
    wrong[0][0].focus();
    return;
  }
  say(form, error.detail || error.title, "wrong");
}

// say tells the outcome of a form: "done" or "wrong".
export function say(form, text, kind = "done") {
  let line = form.querySelector(":scope > .outcome");
  if (line === null) {
    line = el("p", { class: "outcome", role: "status" });
    form.querySelector(":scope > .actions").before(line);
  }
  line.dataset.kind = kind;
  line.textContent = text;
}

function explain(field, message) {
  const id = `${field.id}-wrong`;
  const line = el("p", { class: "wrong", id, role: "alert" }, message);
  (field.closest(".field") ?? field).append(line);
  field.setAttribute("aria-invalid", "true");
  field.dataset.described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${field.dataset.described} ${id}`.trim());
}

function clear(form) {
  for (const line of form.querySelectorAll(".wrong, .outcome")) line.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    if (field.dataset.described) field.setAttribute("aria-describedby", field.dataset.described);
    else field.removeAttribute("aria-describedby");
  }
}
