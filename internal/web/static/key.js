// The card where an API key is given. The key lives in this tab's session storage, or,
// where that is switched off, in memory.
import { byId } from "./dom.js";

const NAME = "lectern.key";
const card = byId("key-card");
const field = byId("key");
const toggle = byId("key-toggle");
let key = "";

export const current = () => key;

// setUp connects the card. `changed(key)` is called after a key was given or forgotten.
export function setUp(changed) {
  try {
    key = sessionStorage.getItem(NAME) ?? "";
  } catch {
    key = "";
  }
  toggle.addEventListener("click", () => (card.hidden ? show() : hide()));
  card.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = field.value.trim();
    if (!/^[\x21-\x7e]+$/.test(given)) {
      explain("Paste a key first: it is one word of letters, digits and signs.");
      field.focus();
      return;
    }
    set(given);
    changed(key);
  });
  byId("key-forget").addEventListener("click", () => {
    set("");
    changed("");
  });
  refresh();
}

// offer shows or hides what opens the card: somebody who is signed in needs no key.
export function offer(offered) {
  toggle.hidden = !offered && !key;
}

function set(value) {
  key = value;
  try {
    if (value) sessionStorage.setItem(NAME, value);
    else sessionStorage.removeItem(NAME);
  } catch {
    // Memory is enough for this tab.
  }
  hide();
  refresh();
}

function refresh() {
  toggle.textContent = key ? "Key in use" : "Use a key";
  byId("key-forget").hidden = !key;
}

// demand opens the card because the server wants a key, or did not accept the one given.
export function demand(problem) {
  show(key ? `The server did not accept this key. ${problem.detail}`
    : "This book is open to people with an account. Sign in, or use a key.");
}

function show(reason = "With a key you can also ask about documents that are yours alone.") {
  card.hidden = false;
  toggle.setAttribute("aria-expanded", "true");
  explain(reason);
  field.focus();
}

export function hide() {
  card.hidden = true;
  field.value = "";
  toggle.setAttribute("aria-expanded", "false");
}

function explain(reason) {
  byId("key-reason").textContent = reason;
}
