// What was asked in this tab, newest first, kept until the tab is closed.
const NAME = "lectern.turns";
const OWNER = "lectern.account";
const MOST = 20;

export function load() {
  try {
    const turns = JSON.parse(sessionStorage.getItem(NAME) ?? "[]");
    return Array.isArray(turns) ? turns.filter((turn) => turn?.question && turn?.body) : [];
  } catch {
    return [];
  }
}

// isSame says whether two turns ask the same thing in the same place.
export const isSame = (one, other) => placeOf(one) === placeOf(other);

const placeOf = ({ question, selection, conversation }) => JSON.stringify(
  [question, selection || "", (conversation ?? []).map((turn) => turn.question)]);

// add puts a finished turn first and answers the new list.
export function add(turns, { question, selection, conversation, body }) {
  const turn = { question, selection, conversation, body };
  const list = [turn, ...turns.filter((other) => !isSame(other, turn))].slice(0, MOST);
  save(list);
  return list;
}

// save keeps the list for this tab. What no longer fits into its storage is forgotten, oldest first.
export function save(list) {
  for (let length = list.length; length > 0; length = Math.floor(length / 2)) {
    try {
      sessionStorage.setItem(NAME, JSON.stringify(list.slice(0, length)));
      break;
    } catch {
      // Full, or switched off: try with fewer.
    }
  }
}

export function find(turns, asked) {
  return turns.find((turn) => isSame(turn, asked)) ?? null;
}

// keepFor forgets what somebody else than this account ("" for nobody) asked in this tab, and answers
// whether there was nothing to forget.
export function keepFor(account) {
  try {
    const before = sessionStorage.getItem(OWNER) ?? "";
    if (account === "") sessionStorage.removeItem(OWNER);
    else sessionStorage.setItem(OWNER, account);
    if (before === account) return true;
  } catch {
    return true;
  }
  clear();
  return false;
}

export function clear() {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // Nothing is kept where storage is switched off.
  }
}
