// The page of one's own account.
import * as data from "./data.js";
import { byId } from "./dom.js";
import { onSubmit } from "./form.js";
import { call } from "./http.js";
import * as password from "./password.js";
import * as profile from "./profile.js";
import { forgetTab, requireAccount } from "./session.js";

const { account } = await requireAccount();
byId("lead").append("Role: ", account.role, ". Since ",
  new Date(account.created_at).toLocaleDateString(undefined, { dateStyle: "long" }), ".");
profile.setUp(account);
password.setUp(account);

onSubmit(byId("everywhere"), async () => {
  await call("POST", "api/auth/logout-all");
  forgetTab();
  location.assign("sign-in");
});
await data.setUp(account);
