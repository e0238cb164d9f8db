import { expect, type Page, test } from "@playwright/test";
import { MailServer } from "../tests/support/mail-server.ts";
import { tinyModel } from "../tests/support/model-files.ts";
import { Receiver } from "../tests/support/receiver.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerFiles } from "./support/versions.ts";

const mail = new MailServer();
const receiver = new Receiver();
let server: RunningServer;
let api: RegistryClient;

test.beforeAll(async () => {
  const port = await mail.open();
  await receiver.open();
  server = await startServer({
    env: {
      MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__HOST: "127.0.0.1",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__PORT: String(port),
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__SECURITY: "none",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__FROM: "registry@example.org",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
test.afterAll(async () => {
  await server?.stop();
  await receiver.close();
  await mail.close();
});

const open = (page: Page, path: string) => page.goto(server.baseUrl + path);
const registerHarmful = (name: string) =>
  registerFiles(
    server.baseUrl,
    { name },
    { "model.pkl": Buffer.from("cos\nsystem\n(S'true'\ntR.") },
  );
const dialog = (page: Page) => page.getByRole("dialog");

test("an alert opens on the page while it is looked at, is acknowledged, silenced, and kept when it is over", async ({
  page,
}) => {
  await open(page, "/alerts");
  await expect(page.getByRole("heading", { name: "Nothing is wrong" })).toBeVisible();
  await expectAccessible(page, "a page without alerts");
  const nav = page.getByRole("navigation", { name: "Main" }).first();
  await expect(nav.getByRole("link", { name: "Alerts" })).toBeVisible();

  await registerHarmful("harmful");
  await expect(page.getByRole("link", { name: "Scan finding" })).toBeVisible();
  await expect(nav.getByRole("link", { name: "Alerts one is open" })).toBeVisible();

  // By keyboard: the dialog takes the focus and gives it back.
  const acknowledge = page.getByRole("button", {
    name: "Acknowledge: Scan finding, harmful/1.0.0",
  });
  await acknowledge.focus();
  await page.keyboard.press("Enter");
  await expect(dialog(page).getByLabel("What you know about it")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(acknowledge).toBeFocused();
  await acknowledge.click();
  await dialog(page).getByLabel("What you know about it").fill("I ask who made it");
  await expectAccessible(page, "the dialog that acknowledges");
  await dialog(page).getByRole("button", { name: "Acknowledge", exact: true }).click();
  await expect(page.getByRole("table").getByText("by anonymous")).toBeVisible();

  await page.getByRole("button", { name: "Silence: Scan finding, harmful/1.0.0" }).click();
  await expect(dialog(page).getByLabel("About")).toHaveValue("harmful/1.0.0");
  await dialog(page).getByRole("button", { name: "Silence", exact: true }).click();
  await expect(page.getByRole("table").getByText("Silenced")).toBeVisible();

  await page.getByRole("link", { name: "Scan finding" }).click();
  await expect(page.getByText("I ask who made it")).toBeVisible();
  await expect(page.getByText("os.system")).toBeVisible();
  await expect(page.getByRole("link", { name: "Charts of that moment" })).toHaveAttribute(
    "href",
    /^\/monitoring\?range=1h&until=.+/,
  );

  await api.send("DELETE", "/api/v1/models/harmful");
  await open(page, "/alerts");
  await expect(page.getByRole("heading", { name: "Nothing is wrong" })).toBeVisible();
  await page.getByLabel("State").selectOption("over");
  await expect(page).toHaveURL(/state=over/);
  await expect(page.getByRole("link", { name: "Scan finding" })).toBeVisible();

  await page.getByRole("link", { name: "Silences" }).click();
  await page.getByRole("button", { name: "End the silence of harmful/1.0.0" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End" }).click();
  await expect(page.getByRole("table").getByText("Over")).toBeVisible();
});

test("a contact point is added, tested, and its log shows what the mail server said", async ({
  page,
}) => {
  await open(page, "/alerts/contact-points");
  await page.getByRole("button", { name: "Add a contact point" }).first().click();
  await dialog(page).getByLabel("Name").fill("On call");
  await dialog(page).getByLabel("Mail addresses").fill("ops@example.org, night@example.org");
  await expectAccessible(page, "the dialog that adds a contact point");
  await dialog(page).getByRole("button", { name: "Add a contact point" }).click();
  await expect(
    page.getByRole("cell", { name: "ops@example.org, night@example.org" }),
  ).toBeVisible();
  await page.getByRole("button", { name: "Send a test to On call" }).click();
  await expect(page.getByText("The test has arrived.")).toBeVisible();
  expect(mail.mails[0]?.to).toEqual(["ops@example.org", "night@example.org"]);
  await page.getByRole("link", { name: "Log of On call" }).click();
  const log = page.getByRole("table", { name: "Messages" });
  await expect(log.getByText("Delivered", { exact: true })).toBeVisible();
  await expectAccessible(page, "the log of a contact point");
});

test("a webhook is added, its secret is shown once, and its log shows what was sent and answered", async ({
  page,
}) => {
  await open(page, "/integrations");
  await expect(page.getByRole("heading", { name: "Nobody is told of changes" })).toBeVisible();
  await page.getByRole("button", { name: "Add a webhook" }).first().click();
  await dialog(page).getByLabel("URL").fill("http://10.1.2.3/hook");
  await dialog(page).getByRole("button", { name: "Add a webhook" }).click();
  await expect(dialog(page).getByText("is not a public address").first()).toBeVisible();
  await dialog(page).getByLabel("URL").fill(receiver.url);
  await dialog(page).getByRole("button", { name: "Add a webhook" }).click();
  const kept = dialog(page).getByRole("button", { name: "I have kept it" });
  // The form has names in code as well.
  await expect(kept).toBeVisible();
  const code = await dialog(page).locator("code").textContent();
  expect(code).toMatch(/^whsec_/);
  await kept.click();
  await expect(page.getByText(code ?? "")).toHaveCount(0);

  await registerFiles(server.baseUrl, { name: "told" }, { "m.safetensors": tinyModel() });
  await page.getByRole("link", { name: receiver.url }).click();
  const row = page.getByRole("row", { name: /version\.registered/ });
  await expect(row.getByText("Delivered", { exact: true })).toBeVisible();
  await row.locator("summary").click();
  await expect(row.getByText('"model": "told"')).toBeVisible();
  const came = receiver.received.length;
  await row.getByRole("button", { name: "Send version.registered again" }).click();
  await expect.poll(() => receiver.received.length).toBe(came + 1);
  await expectAccessibleEverywhere(page, server.baseUrl, page.url());

  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, new URL(page.url()).pathname);
  await page.getByRole("button", { name: /Remove|Remover/ }).click();
  await page
    .getByRole("alertdialog")
    .getByRole("button", { name: /Remove|Remover/ })
    .click();
  await expect(page).toHaveURL(/\/integrations\/webhooks$/);
});
