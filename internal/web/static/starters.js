// Questions to begin with, taken from the titles of the book's own pages.
const MOST = 4;
const QUESTION = /[?？؟]$|^(what|how|why|when|where|who|which) (is|are|do|does|can|should)\b/i;

// starters answers up to four: titles that are questions already come first, others
// are asked about by their name.
export function starters(documents) {
  const titles = documents.map(({ title }) => (typeof title === "string" ? title.trim() : ""))
    .filter((title) => title !== "" && title.length <= 60);
  const questions = titles.filter((title) => QUESTION.test(title))
    .map((title) => (/[?？؟]$/.test(title) ? title : `${title}?`));
  const others = titles.filter((title) => !QUESTION.test(title));
  return [...new Set([...questions, ...others])].slice(0, MOST);
}
