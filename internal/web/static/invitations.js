// Invitations: making one, and those that are open.
import { ask } from "./dialog.js";
import { byId, el } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { call, get } from "./http.js";
import { linkOf, showOnce } from "./once.js";
import { button, facts, moment, Rows, tag } from "./rows.js";

export function setUp({ registration, sendsMail }) {
  const form = byId("invite");
  const rows = new Rows(byId("invitations"), {
    load: (cursor) => get("api/invitations", { cursor }), row, empty: "None are open.",
  });
  if (registration === "closed") {
    byId("invite-fields").disabled = true;
    form.querySelector("button").disabled = true;
    say(form, "Registration is closed here, so an invitation would open nothing.", "wrong");
  }
  onSubmit(form, async ({ email, role, days }) => {
    const made = await call("POST", "api/invitations",
      { role, expires_in_days: Number(days), ...(email && { email }) });
    await rows.reload();
    byId("email").value = "";
    showOnce(byId("invited"), {
      title: email ? `Invitation for ${email}` : "The invitation", value: linkOf("join", made),
      note: made.mailed ? "It is on its way by mail. This is the same link, shown only this once."
        : `Pass the link on now: it is shown only this once.${
          email && sendsMail ? " The mail could not be sent." : ""}`,
    });
  }, ({ detail }) => (/e-mail/.test(detail) ? "email" : ""));
  return rows.reload();
}

function row({ id, email, role, expires_at: end }, update) {
  const name = email || "whoever has the link";
  return [
    el("p", { class: "row-title" }, el("bdi", {}, name), " ", tag(role)),
    facts(el("span", {}, "good until ", moment(end, { dateStyle: "medium", timeStyle: "short" }))),
    el("div", { class: "row-actions" }, button("Revoke", name, () => ask({
      title: `Revoke the invitation for ${name}?`, action: "Revoke", danger: true,
      text: "Its link opens nothing then.",
      send: () => call("DELETE", `api/invitations/${id}`),
      done: () => update(null, "The invitation is revoked."),
    }))),
  ];
}
