// The page of the audit log, for administrators.
import { byId, el } from "./dom.js";
import { get } from "./http.js";
import { facts, moment, Rows } from "./rows.js";
import { requireAccount } from "./session.js";

const FILTERS = ["actor", "action", "target"];

await requireAccount("admin");
const form = byId("filter");
const asked = new URLSearchParams(location.search);
const query = Object.fromEntries(FILTERS.map((name) => [name, asked.get(name) ?? ""]));

const rows = new Rows(byId("events"), {
  load: (cursor) => get("api/audit", { cursor, ...query }), row, empty: "Nothing of the kind.",
});

// narrower is a link that shows only what has this value too.
const narrower = (name, value, text = value) => el("a", {
  href: `audit?${new URLSearchParams({ ...query, [name]: value })}`,
}, el("bdi", {}, text));

function row({ at, actor, action, target_id: id, target, address, detail }) {
  return [
    el("p", { class: "event" },
      actor ? narrower("actor", actor) : el("span", { class: "nobody" }, "nobody in particular"),
      " ", el("code", {}, narrower("action", action)),
      id || target ? [" ", narrower("target", id || target, target || id)] : null,
      detail ? [" ", el("span", { class: "detail" }, "(", el("bdi", {}, detail), ")")] : null),
    facts(moment(at, { dateStyle: "medium", timeStyle: "medium" }),
      address ? `from ${address}` : "on the server itself"),
  ];
}

for (const name of FILTERS) form.elements[name].value = query[name];
byId("everything").hidden = FILTERS.every((name) => query[name] === "");
await rows.reload();
