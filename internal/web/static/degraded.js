// The names of missing parts, in plain words.
const WORDS = {
  index_lag: "A page was being updated, so its newest text may not be in this answer.",
  vector_index: "The vector index could not be reached: passages were found by their words alone.",
  budget: "The day's budget for language models is used up, so the answer quotes the book.",
  not_stored: "The answer could not be kept in its conversation.",
  models: "A language model failed, so another one wrote this answer.",
  answer_length: "The answer reached its greatest length and was cut off.",
  citations: "The language model named no source, so nothing of this answer was checked.",
  conversation: "No language model could say what the follow-up question refers to, so words of the "
    + "question before it were added.",
  embedder: "Meanings could not be compared: passages were found by their words alone.",
};

// partsMissing answers one sentence for each name in a response's `degraded`. A name
// that this page does not know is shown as it is.
export function partsMissing(names) {
  if (!Array.isArray(names)) return [];
  return names.map((name) => WORDS[name] ?? `Missing: ${String(name).replaceAll("_", " ")}.`);
}
