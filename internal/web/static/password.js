// The form to change the password.
import { byId } from "./dom.js";
import { onSubmit, say } from "./form.js";
import { call } from "./http.js";

export function setUp(account) {
  const form = byId("password");
  byId("password-username").value = account.username; // For password managers.
  onSubmit(form, async ({ current_password, new_password }) => {
    await call("POST", "api/users/me/password", { current_password, new_password });
    byId("current").value = "";
    byId("new").value = "";
    say(form, "The password is changed. Everywhere else you are signed out.");
  }, fieldOf);
}

const fieldOf = ({ status }) => ({ 403: "current_password", 422: "new_password" })[status];
