/** Signing in, out and by single sign-on in a real browser, by the keyboard, against a server that asks for it. */
import { expect, test } from "@playwright/test";
import { freePort } from "../tests/support/free-port.ts";
import { CLIENT, startProvider, type TestProvider } from "../tests/support/oidc.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { chooseInAccountMenu } from "./support/accounts.ts";
import { expectAccessible } from "./support/axe.ts";

const PASSWORD = "correct horse battery";
let server: RunningServer;
let provider: TestProvider;

test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  const port = await freePort();
  provider = await startProvider(() => `http://127.0.0.1:${port}/api/auth/callback/oidc`);
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__PORT: String(port),
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_AUTH__OIDC__ISSUER: provider.issuer,
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_ID: CLIENT.id,
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_SECRET: CLIENT.secret,
      MODEL_REGISTRY_AUTH__OIDC__NAME: "Example Login",
    },
  });
});
test.afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

test("the link of the first start makes the administrator, who is signed in then", async ({
  page,
}) => {
  const link = /http\S+\/setup\?token=\S+/.exec(server.logs())?.[0] ?? "";
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Set up the registry" })).toBeVisible();
  await expectAccessible(page, "setup");
  await page.getByLabel("Name", { exact: true }).fill("ada");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The password again").fill("something else");
  await page.keyboard.press("Enter");
  await expect(page.getByText("The two passwords differ.")).toBeVisible();
  await page.getByLabel("The password again").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${server.baseUrl}/`);
  await expect(page.getByRole("button", { name: "Account: ada" })).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "This link is not valid" })).toBeVisible();
});

test("signing in by the keyboard leads to the page that was asked for, signing out away from all of them", async ({
  page,
}) => {
  await page.goto(`${server.baseUrl}/trash?x=1`);
  await expect(page).toHaveURL(`${server.baseUrl}/sign-in?callbackUrl=%2Ftrash%3Fx%3D1`);
  await expectAccessible(page, "sign-in");
  await page.keyboard.type("ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("wrong password");
  await page.keyboard.press("Enter");
  await expect(
    page.getByRole("alert").filter({ hasText: "The name or the password is wrong." }),
  ).toBeVisible();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${server.baseUrl}/trash?x=1`);
  await chooseInAccountMenu(page, "ada", "Sign out");
  await expect(page).toHaveURL(`${server.baseUrl}/sign-in`);
  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(`${server.baseUrl}/models`);
  await expect(page).toHaveURL(`${server.baseUrl}/sign-in?callbackUrl=%2Fmodels`);
});

test("a session that is ended elsewhere leads to the sign-in with the next click", async ({
  page,
}) => {
  await page.goto(`${server.baseUrl}/sign-in`);
  await page.getByLabel("Name", { exact: true }).fill("ada");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${server.baseUrl}/`);
  await page.evaluate(async () => {
    const { items } = await (await fetch("/api/v1/sessions")).json();
    for (const { id } of items) await fetch(`/api/v1/sessions/${id}`, { method: "DELETE" });
  });
  await page.getByRole("link", { name: "Models" }).first().click();
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=%2Fmodels/);
});

test("single sign-on goes to the provider and comes back to the page", async ({ page }) => {
  provider.person = { sub: "p1", preferred_username: "maria", name: "Maria" };
  await page.goto(`${server.baseUrl}/storage`);
  await page.getByRole("button", { name: "Sign in with Example Login" }).press("Enter");
  await expect(page).toHaveURL(`${server.baseUrl}/storage`);
  await expect(page.getByRole("button", { name: "Account: maria" })).toBeVisible();
});

test("the page speaks the reader's language", async ({ browser }) => {
  const context = await browser.newContext({ locale: "pt-BR" });
  const page = await context.newPage();
  await page.goto(`${server.baseUrl}/sign-in`);
  await expect(page.getByRole("button", { name: "Entrar", exact: true })).toBeVisible();
  await expect(page.getByLabel("Senha")).toBeVisible();
  await context.close();
});
