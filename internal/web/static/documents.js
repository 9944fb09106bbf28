// The page of documents: an editor's own, for administrators all.
import { ask, field } from "./dialog.js";
import { byId, el, pageLink, plural } from "./dom.js";
import { call, get } from "./http.js";
import { button, facts, manage, moment, Rows, tag } from "./rows.js";
import { requireAccount } from "./session.js";

const { account } = await requireAccount("editor", "admin");
const admin = account.role === "admin";
const form = byId("filter");
const asked = new URLSearchParams(location.search);
const mine = !admin || asked.get("whose") === "own";

const rows = new Rows(byId("documents"), {
  load: (cursor) => get("api/documents", {
    cursor, mine, doc_id: asked.get("doc_id"), chapter: asked.get("chapter"),
    source: asked.get("source"),
  }),
  row, empty: "There are none.",
});

// pathOf writes the doc_id as one segment.
const pathOf = ({ doc_id: id }) => `api/documents/${encodeURIComponent(id)}`;

function row(page, update) {
  const { doc_id: id, title, chapter, source, owner, visibility, chunks, updated_at: at } = page;
  const own = owner === account.username;
  return [
    el("p", { class: "row-title" }, el("bdi", {}, title || id), " ",
      visibility === "private" ? tag("private") : null),
    facts(el("code", { dir: "ltr" }, id), chapter && chapter !== title && el("bdi", {}, chapter),
      `from ${source}`, mine ? null : el("span", {}, "of ", el("bdi", {}, owner)),
      plural(chunks, "chunk"), moment(at)),
    el("div", { class: "row-actions" }, pageLink(page.url, "Page")),
    manage(id,
      own ? button(visibility === "private" ? "Make public" : "Make private", id,
        () => setVisibility(page, update)) : null,
      admin ? button("Hand over", id, () => handOver(page, update)) : null,
      button("Delete", id, () => remove(page, update))),
  ];
}

function setVisibility(page, update) {
  const next = page.visibility === "private" ? "public" : "private";
  ask({
    title: `Make it ${next}?`, action: `Make it ${next}`,
    text: [page.title || page.doc_id, next === "public"
      ? "Whoever may read this book finds it then."
      : "Only you find it then, in searches and answers. Administrators see it in this list."],
    send: () => call("PATCH", pathOf(page), { visibility: next }),
    done: (changed) => update(changed, `It is ${next} now.`),
  });
}

function handOver(page, update) {
  ask({
    title: "Hand it over", action: "Hand over", text: page.title || page.doc_id,
    fields: [field("User name of the new owner", { name: "owner", required: true, maxlength: "64",
      autocapitalize: "none", spellcheck: "false" }, "An editor or an administrator.")],
    fieldOf: () => "owner",
    send: ({ owner }) => call("PATCH", pathOf(page), { owner }),
    done: (changed) => update(mine && changed.owner !== account.username ? null : changed,
      `It belongs to ${changed.owner} now.`),
  });
}

function remove(page, update) {
  ask({
    title: "Delete this document?", action: "Delete", danger: true,
    text: [page.title || page.doc_id, "It is gone from searches and answers at once. A folder that "
      + "is ingested again brings its pages back."],
    send: () => call("DELETE", pathOf(page)),
    done: () => update(null, `${page.doc_id} is deleted.`),
  });
}

for (const name of ["doc_id", "chapter", "source"]) {
  form.elements[name].value = asked.get(name) ?? "";
}
if (admin) {
  byId("whose-field").hidden = false;
  byId("whose").value = mine ? "own" : "all";
  byId("lead").textContent = "Everything that the book consists of, private documents too.";
} else {
  byId("whose").disabled = true; // It is nothing to ask the server for.
}
await rows.reload();
