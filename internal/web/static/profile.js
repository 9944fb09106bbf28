// The form for user name and e-mail address.
import { byId } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { call } from "./http.js";
import { whoIsHere } from "./session.js";

export function setUp(account) {
  const form = byId("profile");
  const email = byId("email");
  const proof = byId("profile-proof");
  const proofField = byId("profile-password");

  const show = (shown) => {
    account = shown;
    byId("username").value = account.username;
    email.value = account.email;
    proofField.value = "";
    demandProof();
  };
  const demandProof = () => {
    proof.hidden = email.value === account.email;
    proofField.required = !proof.hidden;
  };
  email.addEventListener("input", demandProof);
  onSubmit(form, async (values) => {
    const change = { username: values.username };
    if (values.email !== account.email) Object.assign(change, values);
    show(await call("PATCH", "api/users/me", change));
    await whoIsHere();
    say(form, "Saved.");
  }, fieldOf);
  show(account);
}

function fieldOf({ status, detail }) {
  if (status === 403) return "password";
  return /e-mail/.test(detail) && !/user ?name/.test(detail) ? "email" : "username";
}
