/** The account page and the administration in a real browser, with real accounts: each change acts at once. */
import { expect, type Page, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import {
  askAs,
  chooseInAccountMenu,
  makeAdministrator,
  openAs,
  PASSWORD,
} from "./support/accounts.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { watchViolations } from "./support/violations.ts";

const LONG = `a-group-with-a-very-long-name-${"x".repeat(90)}`;
let server: RunningServer;
let admin: Page;
let bruno: Page;
let brunosToken: string;
/** Of the administrator's pages and dialogs, in all tests of this file. */
let violations: string[];

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ browser }) => {
  server = await startServer({ env: { MODEL_REGISTRY_API__AUTH_REQUIRED: "true" } });
  await makeAdministrator(server, "ada");
  admin = await openAs(browser, server, "ada");
  violations = await watchViolations(admin);
});
test.afterAll(async () => {
  await server?.stop();
});

/** The text of the block that is shown once. */
async function shown(page: Page, label: string): Promise<string> {
  const block = page.getByRole("dialog").getByRole("region", { name: label, exact: true });
  return (await block.textContent()) ?? "";
}

async function makeToken(page: Page, name: string, scopes: string[]): Promise<string> {
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  for (const scope of scopes)
    await dialog.getByRole("checkbox", { name: new RegExp(`^${scope}\\b`) }).check();
  await dialog.getByRole("button", { name: "Make a token" }).click();
  await expect(dialog.getByRole("heading", { name: `The token ${name}` })).toBeVisible();
  const token = (await shown(page, "Token")).trim();
  expect(await shown(page, "Lines for a shell")).toContain(
    `export MODEL_REGISTRY_URL=${server.baseUrl}\nexport MODEL_REGISTRY_TOKEN=${token}`,
  );
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await expect(page.getByRole("row", { name }).first()).toBeVisible();
  return token;
}

/** Presses a button that asks, and then the same verb in the question. */
async function confirm(page: Page, button: string | RegExp, verb: string): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: verb, exact: true }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
}

async function openUser(name: string): Promise<void> {
  await admin.goto("/admin/users");
  await admin.getByRole("link", { name, exact: true }).click();
  await expect(admin.getByRole("heading", { level: 1, name })).toBeVisible();
}

test("an invited user joins by the link and gets a role after a look at what it allows", async ({
  browser,
}) => {
  await admin.getByRole("link", { name: "Administration" }).first().click();
  await expect(admin).toHaveURL(/\/admin\/users$/);
  await admin.getByRole("button", { name: "Invite", exact: true }).click();
  await expectAccessible(admin, "the invitation");
  await admin.getByRole("button", { name: "Make the link" }).click();
  await expect(admin.getByRole("heading", { name: "The invitation" })).toBeVisible();
  const link = (await shown(admin, "Link")).trim();
  expect(link).toContain(`${server.baseUrl}/invite?token=`);
  await admin.keyboard.press("Escape");

  const context = await browser.newContext({ baseURL: server.baseUrl, locale: "en-US" });
  bruno = await context.newPage();
  await bruno.goto(link);
  await bruno.getByLabel("Name", { exact: true }).fill("bruno");
  await bruno.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await bruno.getByLabel("The password again").fill(PASSWORD);
  await bruno.keyboard.press("Enter");
  await expect(bruno.getByRole("button", { name: "Account: bruno" })).toBeVisible();
  await expect(bruno.getByRole("link", { name: "Administration" })).toHaveCount(0);
  await bruno.goto("/admin/users");
  await expect(
    bruno.getByRole("heading", { name: "This page is for administrators" }),
  ).toBeVisible();

  await admin.goto("/admin/users?query=run");
  await expect(admin.getByRole("heading", { name: "1 user" })).toBeVisible();
  await openUser("bruno");
  await admin.getByRole("button", { name: "Change the role" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Role").selectOption("contributor");
  const right = dialog.getByRole("listitem").filter({ hasText: "Register models and versions" });
  await expect(right).toContainText("new");
  await expectAccessible(admin, "the change of a role");
  await dialog.getByRole("button", { name: "Save the role" }).click();
  await expect(messages(admin)).toContainText("bruno: Contributor");
  const me = await bruno.evaluate(async () => (await fetch("/api/v1/me")).json());
  expect(me.role).toBe("contributor");
});

test("a personal token works until it is revoked", async () => {
  await chooseInAccountMenu(bruno, "bruno", "My account");
  await expect(bruno.getByRole("heading", { level: 1, name: "My account" })).toBeVisible();
  const token = await makeToken(bruno, "laptop", []);
  expect(await askAs(server, token, "/me")).toMatchObject({
    status: 200,
    body: { name: "bruno", scopes: ["models:read"] },
  });
  await confirm(bruno, "Revoke the token laptop", "Revoke");
  expect((await askAs(server, token, "/me")).status).toBe(401);
  brunosToken = await makeToken(bruno, "server", ["admin"]);
});

test("a grant makes a private model visible, its end makes it missing", async () => {
  await admin.goto("/account");
  const Authorization = `Bearer ${await makeToken(admin, "seed", ["admin"])}`;
  const made = await new RegistryClient(server.baseUrl).register(
    { name: "secret", visibility: "private" },
    [{ path: "m.safetensors", bytes: tinyModel() }],
    { headers: { Authorization } },
  );
  expect(made.status).toBe(201);
  await bruno.goto("/models/secret");
  await expect(bruno.getByRole("heading", { name: "secret" })).toHaveCount(0);
  await admin.goto("/models/secret");
  await admin.getByRole("link", { name: "Access" }).click();
  await admin.getByRole("button", { name: "Grant access" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Name").fill("nobody");
  await dialog.getByRole("button", { name: "Grant access" }).click();
  await expect(dialog.getByRole("alert")).toContainText("There is no account nobody.");
  await dialog.getByLabel("Name").fill("bruno");
  await dialog.getByLabel("Level").selectOption("read");
  await expectAccessible(admin, "a grant");
  await dialog.getByRole("button", { name: "Grant access" }).click();
  await expect(admin.getByRole("row", { name: /bruno/ })).toContainText("Read");
  await bruno.reload();
  await expect(bruno.getByRole("heading", { level: 1, name: "secret" })).toBeVisible();
  await expect(bruno.getByRole("link", { name: "Access" })).toHaveCount(0);
  await confirm(admin, "Remove the grant of bruno", "Remove");
  await bruno.reload();
  await expect(bruno.getByRole("heading", { level: 1, name: "secret" })).toHaveCount(0);
  await confirm(admin, "Make public", "Make public");
  await bruno.reload();
  await expect(bruno.getByRole("heading", { level: 1, name: "secret" })).toBeVisible();
  await confirm(admin, "Make private", "Make private");
});

test("a group's grant is its members'", async () => {
  await admin.goto("/admin/groups");
  await admin.getByRole("button", { name: "New group" }).click();
  await admin.getByRole("dialog").getByLabel("Name").fill(LONG);
  await admin.getByRole("dialog").getByRole("button", { name: "New group" }).click();
  await admin.getByLabel(`Account to add to ${LONG}`).fill("nobody");
  await admin.keyboard.press("Enter");
  await expect(
    admin.getByRole("alert").filter({ hasText: "no account named nobody" }),
  ).toBeVisible();
  await admin.getByLabel(`Account to add to ${LONG}`).fill("bruno");
  await admin.keyboard.press("Enter");
  await expect(admin.getByRole("listitem").filter({ hasText: "bruno" })).toBeVisible();
  await admin.goto("/models/secret?tab=access");
  await admin.getByRole("button", { name: "Grant access" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("To", { exact: true }).selectOption("group");
  await dialog.getByLabel("Name").fill(LONG);
  await dialog.getByRole("button", { name: "Grant access" }).click();
  await expect(admin.getByRole("row", { name: /a-group/ })).toBeVisible();
  await bruno.goto("/account");
  await expect(bruno.getByRole("link", { name: "secret" })).toBeVisible();
  await openUser("bruno");
  await expect(admin.getByRole("link", { name: "secret" })).toBeVisible();
});

test("a program's account has tokens of its own", async () => {
  await admin.goto("/admin/service-accounts");
  await admin.getByRole("button", { name: "New service account" }).click();
  await admin.getByRole("dialog").getByLabel("Account name").fill("ci-robot");
  await admin.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "ci-robot" })).toBeVisible();
  const token = await makeToken(admin, "pipeline", []);
  expect((await askAs(server, token, "/me")).body.name).toBe("ci-robot");
  await confirm(admin, "Disable", "Disable");
  expect((await askAs(server, token, "/me")).status).toBe(401);
});

test("a protection is set, changed and removed", async () => {
  await admin.goto("/admin/protections");
  await admin.getByRole("button", { name: "Add a protection" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Models").fill("fraud-*");
  await dialog.getByLabel("Which one").fill("prod");
  await dialog.getByLabel("Rule on the metadata").fill("accuracy is good");
  await dialog.getByRole("button", { name: "Add a protection" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("Rule on the metadata").fill("accuracy >= 0.9");
  await expectAccessible(admin, "a protection");
  await dialog.getByRole("button", { name: "Add a protection" }).click();
  const row = admin.getByRole("row", { name: /fraud-\*/ });
  await expect(row).toContainText("Alias prod");
  await expect(row).toContainText("accuracy >= 0.9");
  await row.getByRole("button", { name: /^Edit/ }).click();
  await dialog.getByLabel("Approvals by others").fill("2");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("2 approvals");
  await confirm(admin, /^Remove the protection/, "Remove");
  await expect(admin.getByRole("heading", { name: "Nothing is protected" })).toBeVisible();
  await admin.getByRole("button", { name: "Add a protection" }).click();
  await dialog.getByLabel("Models").fill("*");
  await dialog.getByLabel("What is protected").selectOption("stage");
  await dialog.getByRole("button", { name: "Add a protection" }).click();
  await expect(admin.getByRole("row", { name: /Stage production/ })).toBeVisible();
});

test("a key is rotated, and everybody stays signed in", async () => {
  await admin.goto("/admin/security");
  await confirm(admin, "Rotate", "Rotate");
  await expect(admin.getByRole("table", { name: "Signing keys" }).getByRole("row")).toHaveCount(3);
  expect((await askAs(server, brunosToken, "/me")).status).toBe(200);
});

for (const path of [
  "/account",
  "/admin/users",
  "/admin/groups",
  "/admin/service-accounts",
  "/admin/protections",
  "/admin/security",
  "/models/secret?tab=access",
  "a user",
])
  test(`${path} is for everybody, in each theme, language and size`, async () => {
    if (path === "a user") await openUser("bruno");
    await expectAccessibleEverywhere(admin, server.baseUrl, path === "a user" ? admin.url() : path);
    await admin.context().clearCookies({ name: "locale" });
    await admin.setViewportSize({ width: 1440, height: 900 });
  });

test("sessions that are ended lead to the sign-in with the next click", async ({ browser }) => {
  const other = await openAs(browser, server, "bruno");
  await bruno.goto("/account");
  await expect(bruno.getByText("This browser")).toBeVisible();
  await confirm(bruno, "End all others", "End all others");
  await other.getByRole("link", { name: "Models" }).first().click();
  await expect(other).toHaveURL(/\/sign-in/);
  await bruno.reload();
  await expect(bruno.getByRole("button", { name: "End all others" })).toHaveCount(0);
  await openUser("bruno");
  await confirm(admin, /^End the session of bruno/, "End");
  await bruno.getByRole("link", { name: "Models" }).first().click();
  await expect(bruno).toHaveURL(/\/sign-in/);
});

test("another password takes the present one", async ({ browser }) => {
  bruno = await openAs(browser, server, "bruno");
  await bruno.goto("/account");
  await bruno.getByRole("button", { name: "Change the password" }).click();
  const dialog = bruno.getByRole("dialog");
  await dialog.getByLabel("Current password").fill("wrong password");
  await dialog.getByLabel("New password", { exact: true }).fill("another horse battery");
  await dialog.getByLabel("The new password again").fill("another horse battery");
  await bruno.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("The current password is wrong.");
  await expectAccessible(bruno, "another password");
  await dialog.getByLabel("Current password").fill(PASSWORD);
  await bruno.keyboard.press("Enter");
  await expect(messages(bruno)).toContainText("The password is changed.");
});

test("models are handed over, and whoever is disabled is out at once", async () => {
  const made = await new RegistryClient(server.baseUrl).register(
    { name: "brunos-net" },
    [{ path: "m.safetensors", bytes: tinyModel(2) }],
    { headers: { Authorization: `Bearer ${brunosToken}` } },
  );
  expect(made.status).toBe(201);
  await openUser("bruno");
  await admin.getByRole("button", { name: "Edit", exact: true }).click();
  const edit = admin.getByRole("dialog");
  await edit.getByLabel("Full name").fill("Bruno Lima");
  await edit.getByLabel("Quota in GiB").fill("2.5");
  await expectAccessible(admin, "a user's texts and quota");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Bruno Lima")).toBeVisible();
  await expect(admin.getByText("2.5 GiB")).toBeVisible();
  await admin.getByRole("button", { name: "Hand over models" }).click();
  await admin.getByRole("dialog").getByLabel("New owner").fill("ada");
  await admin.getByRole("dialog").getByRole("button", { name: "Hand over models" }).click();
  await expect(messages(admin)).toContainText("ada owns 1 more model.");
  await admin.getByRole("button", { name: "Reset link" }).click();
  await admin.getByRole("button", { name: "Make the link" }).click();
  expect(await shown(admin, "Link")).toContain("/invite?token=");
  await admin.keyboard.press("Escape");
  await confirm(admin, "Disable", "Disable");
  expect((await askAs(server, brunosToken, "/me")).status).toBe(401);
  await bruno.getByRole("link", { name: "Models" }).first().click();
  await expect(bruno).toHaveURL(/\/sign-in/);
  await confirm(admin, "Enable", "Enable");
  await expect(admin.getByText("Active", { exact: true })).toBeVisible();
  await confirm(admin, "Remove", "Remove");
  await expect(admin.getByText("Disabled", { exact: true })).toBeVisible();
});

test("signing out is in the account's menu, by the keyboard", async () => {
  await admin.getByRole("button", { name: "Account: ada" }).focus();
  await admin.keyboard.press("Enter");
  // An open menu is in front of the page, and so in none of its landmarks.
  await expectAccessible(admin, "the account's menu", { without: ["region"] });
  await admin.keyboard.press("End");
  await admin.keyboard.press("Enter");
  await expect(admin).toHaveURL(/\/sign-in/);
});

test("nothing that was opened broke its policy of content", () => {
  expect(violations).toEqual([]);
});

test("without accounts there is nothing of them, and the pages say how to turn them on", async ({
  page,
  baseURL,
}) => {
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Accounts are off" })).toBeVisible();
  await expect(page.getByText("api.auth_required: true")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Account/ })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
  await expectAccessibleEverywhere(page, baseURL ?? "", "/admin/users");
});
