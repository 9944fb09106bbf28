// The names of missing parts, in plain words.
const WORDS = {
  index_lag: "A page was being updated, so its newest text may not be in this answer.",
  vector: "The vector index could not be reached: passages were found by their words alone.",
  embed: "Meanings could not be compared: passages were found by their words alone.",
  llm: "No language model could be reached: the answer quotes the book's own sentences.",
};

// partsMissing answers one sentence for each name in a response's `degraded`. A name
// that this page does not know is shown as it is.
export function partsMissing(names) {
  if (!Array.isArray(names)) return [];
  return names.map((name) => WORDS[name] ?? `Missing: ${String(name).replaceAll("_", " ")}.`);
}
