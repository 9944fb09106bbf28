// The page of accounts and invitations, for administrators.
import { ask, choices, fate, fateField, fateOf } from "./dialog.js";
import { byId, el } from "./dom.js";
import { call, get } from "./http.js";
import * as invitations from "./invitations.js";
import { linkOf, once } from "./once.js";
import { button, facts, link, manage, moment, Rows, tag } from "./rows.js";
import { requireAccount } from "./session.js";

const ROLES = [["reader", "reader: asks"], ["editor", "editor: also ingests documents"],
  ["admin", "admin: also manages"]];

const { registration, sends_mail: sendsMail } = await requireAccount("admin");

const rows = new Rows(byId("users"), {
  load: (cursor) => get("api/users", { cursor }), row, empty: "There are none.",
});

const pathOf = ({ id }) => `api/users/${id}`;

function row(user, update) {
  const { username, email, role, disabled, has_password: hasPassword, created_at: at } = user;
  return [
    el("p", { class: "row-title" }, el("bdi", {}, username), " ", tag(role),
      disabled ? [" ", tag("disabled", "off")] : null,
      hasPassword ? null : [" ", tag("keys only")]),
    facts(email && el("bdi", {}, email), el("span", {}, "since ", moment(at))),
    manage(username,
      button("Role", username, () => setRole(user, update)),
      button(disabled ? "Enable" : "Disable", username, () => setDisabled(user, update)),
      button("Sign out", username, () => signOut(user, update)),
      button("New password", username, () => reset(user)),
      link("Keys", username, `keys?account=${encodeURIComponent(username)}`),
      link("Audit log", username, `audit?actor=${encodeURIComponent(username)}`),
      button("Delete", username, () => remove(user, update))),
  ];
}

const change = (user, what) => call("PATCH", pathOf(user), what);

function setRole(user, update) {
  ask({
    title: `Role of ${user.username}`, action: "Save", text: "It holds from the next request on.",
    fields: [choices("Role", "role", ROLES, user.role)],
    send: ({ role }) => change(user, { role }),
    done: (changed) => update(changed, `${user.username} is ${changed.role} now.`),
  });
}

function setDisabled(user, update) {
  const disabled = !user.disabled;
  ask({
    title: disabled ? `Disable ${user.username}?` : `Enable ${user.username}?`,
    action: disabled ? "Disable" : "Enable", danger: disabled,
    text: disabled ? "Nobody gets in: no password, session or key of it is good. Its documents stay."
      : "Its password and keys are good again.",
    send: () => change(user, { disabled }),
    done: (changed) => update(changed,
      `${user.username} is ${disabled ? "disabled" : "enabled"}.`),
  });
}

function signOut(user, update) {
  ask({
    title: `Sign ${user.username} out?`, action: "Sign out", text: "All its sessions end. Keys stay.",
    send: () => change(user, { sign_out: true }),
    done: (changed) => update(changed, `${user.username} is signed out.`),
  });
}

function reset(user) {
  ask({
    title: `A new password for ${user.username}`, action: "Make a link",
    text: "The link lets whoever opens it choose the account's password, once, within an hour. An "
      + "earlier one is worthless then.",
    send: () => call("POST", `${pathOf(user)}/reset`),
    show: (link) => once({ title: `Link for ${link.username}`, value: linkOf("reset", link),
      note: "Pass it on now: it is shown only this once." }),
  });
}

function remove(user, update) {
  ask({
    title: `Delete the account ${user.username}?`, action: "Delete", danger: true,
    text: "Nobody gets in from then on. Keys, sessions, conversations and ratings go with it. This "
      + "cannot be taken back.",
    fields: [fate()], fieldOf: ({ detail }) => fateField(detail),
    send: (values) => call("DELETE", pathOf(user), fateOf(values)),
    done: () => update(null, `${user.username} is being deleted.`),
  });
}

await Promise.all([rows.reload(), invitations.setUp({ registration, sendsMail })]);
