// Conversations that the server keeps for somebody who is signed in.
import { call } from "./http.js";

let unused = ""; // One that was made, and whose first question failed.

// keep answers the id of the conversation that a question is kept in: the one that it follows up on,
// or a new one.
export async function keep(followed) {
  if (followed) return followed;
  if (unused === "") unused = (await call("POST", "api/conversations", {})).id;
  return unused;
}

// answered tells that a conversation has its first answer.
export function answered({ conversation_id: id }) {
  if (id === unused) unused = "";
}

// followable answers the id of the conversation that a question after this turn goes on with: "" when
// its answer is not kept, or is not the last one there, because the server reads all of them.
export function followable({ body }, turns) {
  const id = body?.conversation_id;
  if (!id) return "";
  const last = turns.find((turn) => turn.body.conversation_id === id);
  return !last || last.body.message_id === body.message_id ? id : "";
}
