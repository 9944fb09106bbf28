// The page to register, or to accept an invitation.
import { byId } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { call, readSession } from "./http.js";
import { takeSecret } from "./secret.js";
import { insecure, signIn } from "./session.js";

const form = byId("join");
let invitation = "";

takeSecret((secret) => {
  invitation = secret;
  byId("invited").hidden = false;
});

async function join({ username, email, password }) {
  await call("POST", "api/auth/register",
    { username, email, password, ...(invitation && { invitation }) });
  try {
    await signIn(username, password);
    location.assign("./");
  } catch {
    location.assign("sign-in"); // The account is there; that page says what is wrong.
  }
}

function fieldOf({ status, detail }) {
  if (status === 409) return /name/.test(detail) ? "username" : "email";
  if (status !== 422) return "";
  return /password/.test(detail) ? "password" : "email";
}

function close(reason) {
  byId("fields").disabled = true;
  form.querySelector("button").disabled = true;
  say(form, reason, "wrong");
}

onSubmit(form, join, fieldOf);
const reason = insecure();
if (reason === "") byId("username").focus();
else close(reason);
const { registration } = await readSession();
if (registration === "closed") {
  close("Registration is closed here. Ask whoever runs this book for an account.");
} else if (registration === "invitation" && invitation === "") {
  close("An account takes an invitation here: a link from whoever runs this book.");
}
