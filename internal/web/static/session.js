// Who is signed in, in the head of every page.
import { byId, el } from "./dom.js";
import { call, Problem, readSession } from "./http.js";

const PAGES = [
  { name: "account", label: "Account" },
  { name: "keys", label: "Keys" },
  { name: "documents", label: "Documents", roles: ["editor", "admin"] },
  { name: "users", label: "Users", roles: ["admin"] },
  { name: "audit", label: "Audit log", roles: ["admin"] },
];

// whoIsHere shows in the page's head who is signed in, and answers the session.
export async function whoIsHere() {
  const session = await readSession();
  showWho(session.account);
  return session;
}

// requireAccount answers the session of somebody who is signed in; anybody else is sent to sign in,
// and comes back to this page then. Roles, if given, are those that may use the page.
export async function requireAccount(...roles) {
  document.addEventListener("signedout", goToSignIn);
  const session = await whoIsHere();
  if (session.account === null) {
    goToSignIn();
    return new Promise(() => {}); // The page is being left.
  }
  showPages(session.account);
  if (roles.length > 0 && !roles.includes(session.account.role)) {
    location.replace("account");
    return new Promise(() => {});
  }
  return session;
}

function goToSignIn() {
  forgetTab();
  location.replace(`sign-in?next=${pageName()}`);
}

// pageName is the last segment of this page's address.
const pageName = () => location.pathname.split("/").at(-1);

// nextPage is where to go after signing in: the page that was left, if it is one of ours.
export function nextPage() {
  const asked = new URLSearchParams(location.search).get("next");
  return PAGES.some(({ name }) => name === asked) ? asked : "./";
}

function showWho(account) {
  byId("who").replaceChildren(...(account === null
    ? [el("a", { class: "quiet", href: "sign-in" }, "Sign in")]
    : [
      el("a", { class: "quiet who", href: "account", "aria-label": `Account of ${account.username}` },
        el("bdi", {}, account.username)),
      el("button", { type: "button", class: "quiet", id: "sign-out", on: { click: signOut } },
        "Sign out"),
    ]));
}

function showPages({ role }) {
  const current = pageName();
  byId("pages").replaceChildren(...PAGES
    .filter(({ roles }) => !roles || roles.includes(role))
    .map(({ name, label }) => el("a", {
      href: name, "aria-current": name === current ? "page" : null,
    }, label)));
}

// signIn signs in, if the browser keeps the cookie.
export async function signIn(login, password) {
  await call("POST", "api/session", { login, password });
  const { account } = await readSession();
  if (account === null) {
    throw new Problem({ detail: "This browser did not keep the session's cookie. Allow cookies for "
      + "this site, or open it with https" });
  }
  forgetTab(); // Somebody else may have used it.
}

async function signOut({ currentTarget: button }) {
  try {
    await call("DELETE", "api/session");
    forgetTab();
    location.assign("./");
  } catch {
    button.textContent = "Still signed in: try again";
  }
}

// forgetTab forgets what this tab keeps: questions, answers, a key.
export function forgetTab() {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing is kept where storage is switched off.
  }
}

// insecure says why nobody can sign in from this address, and is empty where somebody can: browsers
// keep the session's cookie from https and from this machine alone.
export function insecure() {
  return window.isSecureContext ? "" : "This page came over plain HTTP, where everybody on the way "
    + "can read a password, and browsers keep no session. Open it with https, or on the machine "
    + "that the server runs on as http://localhost.";
}
