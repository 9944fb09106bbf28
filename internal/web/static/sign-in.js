// The page to sign in.
import { byId } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { readSession } from "./http.js";
import { insecure, nextPage, signIn } from "./session.js";

const form = byId("sign-in");

function offer({ registration }) {
  byId("no-account").hidden = registration === "closed";
  byId("register").hidden = registration !== "open";
  byId("by-invitation").hidden = registration !== "invitation";
}

onSubmit(form, async ({ login, password }) => {
  await signIn(login, password);
  location.assign(nextPage());
}, ({ status }) => (status === 401 ? "password" : ""));
const reason = insecure();
if (reason === "") {
  byId("login").focus();
} else {
  byId("fields").disabled = true;
  say(form, reason, "wrong");
}
offer(await readSession());
