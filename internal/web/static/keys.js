// The page of API keys.
import { ask } from "./dialog.js";
import { byId, el } from "./dom.js";
import { onSubmit } from "./form.js";
import { call, get } from "./http.js";
import { showOnce } from "./once.js";
import { button, facts, moment, Rows, tag } from "./rows.js";
import { requireAccount } from "./session.js";

const DAY = 24 * 60 * 60 * 1000;
const PERMISSIONS = {
  reader: ["read"], editor: ["read", "ingest"], admin: ["read", "ingest", "admin"],
};
const MEANINGS = {
  read: "read: search and ask", ingest: "ingest: also write documents", admin: "admin: everything",
};

const { account } = await requireAccount();
const form = byId("new-key");
// Administrators come here from an account's row too.
const named = account.role === "admin" ? new URLSearchParams(location.search).get("account") : null;
const username = named && named !== account.username ? named : "";

const rows = new Rows(byId("keys"), {
  load: (cursor) => get("api/keys", { cursor, username }), row, empty: "There are no keys yet.",
});

function row(key, update) {
  const ended = key.revoked_at !== null
    || (key.expires_at !== null && Date.parse(key.expires_at) <= Date.now());
  return [
    el("p", { class: "row-title" }, el("code", {}, `${key.prefix}…`), " ", tag(key.permission),
      ended ? tag(key.revoked_at !== null ? "revoked" : "expired", "off") : null),
    facts(el("span", {}, "Made ", moment(key.created_at)),
      key.expires_at && el("span", {}, "ends ", moment(key.expires_at)),
      key.used_at ? el("span", {}, "last used ",
        moment(key.used_at, { dateStyle: "medium", timeStyle: "short" })) : "never used"),
    ended ? null : el("div", { class: "row-actions" },
      button("Revoke", key.prefix, () => revoke(key, update))),
  ];
}

function revoke(key, update) {
  const { id, prefix } = key;
  ask({
    title: `Revoke ${prefix}…?`, action: "Revoke", danger: true,
    text: "Whatever uses this key stops working at once. It cannot be made good again.",
    send: () => call("DELETE", `api/keys/${id}`),
    done: () => update({ ...key, revoked_at: new Date().toISOString() }, "The key is revoked."),
  });
}

onSubmit(form, async ({ permission, days }) => {
  const made = await call("POST", "api/keys", {
    permission,
    ...(username && { username }),
    ...(days && { expires_at: new Date(Date.now() + Number(days) * DAY).toISOString() }),
  });
  await rows.reload();
  showOnce(byId("made"), {
    title: "The new key", value: made.key,
    note: "Copy it now: it is shown only this once.",
  });
});

byId("permission").replaceChildren(...(PERMISSIONS[username ? "admin" : account.role])
  .map((value) => el("option", { value }, MEANINGS[value])));
if (username) {
  byId("whose").hidden = false;
  byId("whose-name").textContent = username;
}
await rows.reload();
