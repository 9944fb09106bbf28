// The own data: its export, conversations that are kept, and the end of the account.
import { ask, fate, fateField, fateOf, field } from "./dialog.js";
import { byId, el } from "./dom.js";
import { onSubmit } from "./form.js";
import { call, get, readSession } from "./http.js";
import { button, facts, moment, Rows } from "./rows.js";
import { forgetTab } from "./session.js";

export function setUp(account) {
  onSubmit(byId("export"), download);
  byId("leave").addEventListener("click", () => leave(account));
  const conversations = byId("conversations");
  const rows = new Rows(conversations, {
    load: (cursor) => get("api/conversations", { cursor, limit: 20 }),
    row: conversationRow,
    empty: "None are kept.",
  });
  return rows.reload();
}

// download lets the browser fetch the file by itself, with a session that is good.
async function download() {
  await readSession();
  const link = el("a", { href: "api/users/me/export", download: "account.json" });
  document.body.append(link);
  link.click();
  link.remove();
}

function conversationRow({ id, title, length, updated_at: at }, update) {
  const name = title || "Untitled";
  return [
    el("p", { class: "row-title", dir: "auto" }, name),
    facts(moment(at), `${length} messages`),
    el("div", { class: "row-actions" }, button("Delete", name, () => ask({
      title: "Delete this conversation?", text: ["Its questions, answers and ratings go.", name],
      action: "Delete", danger: true,
      send: () => call("DELETE", `api/conversations/${id}`),
      done: () => update(null, "The conversation is deleted."),
    }))),
  ];
}

function leave({ username, role }) {
  ask({
    title: `Delete the account ${username}?`, action: "Delete my account", danger: true,
    text: "Nobody gets in from then on. Keys, sessions, conversations and ratings go with it. This "
      + "cannot be taken back.",
    fields: [
      role === "reader" ? null : fate(),
      field("Your password", { type: "password", name: "password", required: true,
        maxlength: "1024", autocomplete: "current-password" }),
    ].filter(Boolean),
    fieldOf: ({ detail }) => (/password/.test(detail) ? "password" : fateField(detail)),
    send: async (values) => {
      await call("DELETE", "api/users/me", { password: values.password, ...fateOf(values) });
      forgetTab();
      location.assign("./");
    },
  });
}
