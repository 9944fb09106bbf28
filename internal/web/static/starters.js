// Questions to begin with, taken from the titles of the book's own pages.
const MOST = 4;
const QUESTION = /[?？؟]$|^(what|how|why|when|where|who|which) (is|are|do|does|can|should)\b/i;

// starters answers up to four: titles that are questions already come first, others
// are asked about by their name, and taken from all over the book: what sorts first is
// often an appendix.
export function starters(documents) {
  const titles = documents.map(({ title }) => (typeof title === "string" ? title.trim() : ""))
    .filter((title) => title !== "" && title.length <= 60);
  const questions = titles.filter((title) => QUESTION.test(title))
    .map((title) => (/[?？؟]$/.test(title) ? title : `${title}?`));
  const others = titles.filter((title) => !QUESTION.test(title));
  const chosen = [...new Set(questions)].slice(0, MOST);
  return [...chosen, ...spread([...new Set(others)], MOST - chosen.length)];
}

// spread answers `count` of the items, evenly distant, in their order.
function spread(items, count) {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => (
    items[Math.floor(((i + 0.5) * items.length) / count)]));
}
