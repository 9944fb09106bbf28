// What was asked in this tab, newest first, kept until the tab is closed.
const NAME = "lectern.turns";
const MOST = 20;

export function load() {
  try {
    const turns = JSON.parse(sessionStorage.getItem(NAME) ?? "[]");
    return Array.isArray(turns) ? turns.filter((turn) => turn?.question && turn?.body) : [];
  } catch {
    return [];
  }
}

// add puts a finished turn first and answers the new list. What no longer fits into
// the tab's storage is forgotten, oldest first.
export function add(turns, { question, selection, body }) {
  const kept = turns.filter((turn) => !isSame(turn, question, selection));
  const list = [{ question, selection, body }, ...kept].slice(0, MOST);
  for (let length = list.length; length > 0; length = Math.floor(length / 2)) {
    try {
      sessionStorage.setItem(NAME, JSON.stringify(list.slice(0, length)));
      break;
    } catch {
      // Full, or switched off: try with fewer.
    }
  }
  return list;
}

export function find(turns, question, selection) {
  return turns.find((turn) => isSame(turn, question, selection)) ?? null;
}

const isSame = (turn, question, selection) => turn.question === question
  && (turn.selection || "") === (selection || "");

export function clear() {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // Nothing is kept where storage is switched off.
  }
}
