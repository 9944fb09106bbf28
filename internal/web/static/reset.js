// The page to ask for a link to choose a new password, and the page behind that link.
import { byId } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { call } from "./http.js";
import { takeSecret } from "./secret.js";

const request = byId("request");
const choose = byId("choose");
let token = "";

takeSecret((secret) => {
  token = secret;
  request.hidden = true;
  choose.hidden = false;
});

onSubmit(request, async ({ login }) => {
  const { delivery } = await call("POST", "api/auth/reset", { login });
  say(request, delivery === "mail"
    ? "If there is such an account, a link is on its way to its address. It is good for an hour."
    : "This server sends no mail. If there is such an account, whoever runs this book has been "
      + "told; ask them for the link.");
});

onSubmit(choose, async ({ password }) => {
  await call("POST", "api/auth/reset/confirm", { token, password });
  choose.hidden = true;
  byId("chosen").hidden = false;
  byId("chosen").focus();
}, ({ status }) => (status === 422 ? "password" : ""));

byId(token === "" ? "login" : "password").focus();
