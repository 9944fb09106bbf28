// The names of missing parts, in plain words.
const WORDS = {
  index_lag: "A page was being updated, so its newest text may not be in this answer.",
  vector_index: "The vector index could not be reached: passages were found by their words alone.",
  models: "A language model failed, so another one wrote this answer.",
  answer_length: "The answer reached its greatest length and was cut off.",
  embedder: "Meanings could not be compared: passages were found by their words alone.",
};

// partsMissing answers one sentence for each name in a response's `degraded`. A name
// that this page does not know is shown as it is.
export function partsMissing(names) {
  if (!Array.isArray(names)) return [];
  return names.map((name) => WORDS[name] ?? `Missing: ${String(name).replaceAll("_", " ")}.`);
}
