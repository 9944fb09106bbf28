// Lists that are read from the server page by page.
import { el } from "./dom.js";

// Rows fills a list: `load(cursor)` answers {items, next_cursor}, `row(item, update)` the content of
// an item's row, and `empty` is what to say where there is nothing. `update` puts a changed item into
// the row's place, or for null takes the row away, and says what was done.
export class Rows {
  constructor(list, { load, row, empty }) {
    this.list = list;
    this.load = load;
    this.row = row;
    this.empty = empty;
    this.cursor = "";
    list.tabIndex = -1; // Where the focus goes when the last row is gone.
    this.note = el("p", { class: "note", role: "status" });
    this.more = el("button", { type: "button", class: "secondary", hidden: true,
      on: { click: () => this.next() } }, "Show more");
    list.after(this.note, this.more);
  }

  // reload begins anew, with as few rows as at first. What fails is said in place of rows.
  async reload() {
    try {
      const { items, next_cursor } = await this.load("");
      this.list.replaceChildren();
      this.add(items, next_cursor);
      this.note.textContent = items.length === 0 ? this.empty : "";
    } catch (error) {
      this.note.textContent = error.detail || error.title || "";
    }
  }

  async next() {
    this.more.disabled = true;
    try {
      const { items, next_cursor } = await this.load(this.cursor);
      const [first] = this.add(items, next_cursor);
      this.note.textContent = `${items.length} more.`;
      if (this.more.hidden) first?.focus();
    } catch (error) {
      this.note.textContent = error.detail || error.title || "";
    } finally {
      this.more.disabled = false;
    }
  }

  add(items, cursor) {
    const rows = items.map((item) => this.make(item));
    this.list.append(...rows);
    this.cursor = cursor;
    this.more.hidden = cursor === null;
    return rows;
  }

  make(item) {
    const node = el("li", { class: "row", tabindex: "-1" });
    const update = (changed, done) => {
      const place = changed === null ? node.nextElementSibling ?? this.list : this.make(changed);
      if (changed === null) node.remove();
      else node.replaceWith(place);
      this.note.textContent = done;
      place.focus();
    };
    node.append(...this.row(item, update).filter(Boolean));
    return node;
  }
}

// facts are the smaller words of a row, one after another.
export const facts = (...parts) => el("p", { class: "facts" },
  ...parts.filter(Boolean).map((part) => el("span", {}, part)));

export const tag = (text, kind = "") => el("span", { class: `tag ${kind}` }, text);

// button is one that acts on a row; `name` says for screen readers on which.
export const button = (text, name, click, kind = "secondary small") => el("button",
  { type: "button", class: kind, "aria-label": `${text}: ${name}`, on: { click } }, text);

export const link = (text, name, href) => el("a",
  { class: "secondary small", "aria-label": `${text}: ${name}`, href }, text);

// manage folds away what can be done with a row.
export const manage = (name, ...actions) => el("details", { class: "row-more" },
  el("summary", { "aria-label": `Manage ${name}` }, "Manage"),
  el("div", { class: "row-actions" }, ...actions));

// moment shows a time of the API, with or without the time of day.
export function moment(text, style = { dateStyle: "medium" }) {
  return el("time", { datetime: text }, new Date(text).toLocaleString(undefined, style));
}
