// What a follow-up question is asked with: the turns before it.
const MOST = 20;
const LONGEST = 4000; // UTF-16 units of an answer; the server reads the beginning only.

// conversationOf answers the turns that a question after this turn follows up on, oldest first.
export function conversationOf({ conversation, question, text }) {
  const answer = text.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, "");
  return [...conversation, { question, answer }].slice(-MOST);
}
