import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, type Page, test } from "@playwright/test";
import { MlflowCounterpart } from "../tests/support/mlflow-counterpart.ts";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerFiles } from "./support/versions.ts";

const there = new MlflowCounterpart();
let server: RunningServer;
let api: RegistryClient;

test.beforeAll(async () => {
  await there.open();
  server = await startServer({
    env: {
      MODEL_REGISTRY_INTEGRATIONS__MLFLOW_SERVERS: there.url,
      MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
test.afterAll(async () => {
  await server?.stop();
  await there.close();
});

const dialog = (page: Page) => page.getByRole("dialog");

test("a server is added, tried, run, and what both sides have changed is listed", async ({
  page,
}) => {
  const long = `a-model-with-a-long-name-${"x".repeat(80)}`;
  there.version("theirs", { MLmodel: "flavors: {}\n" });
  there.version(long, { MLmodel: "flavors: {}\n" });
  there.model("theirs", { description: "as MLflow has it" });
  await registerFiles(server.baseUrl, { name: "ours" }, { "m.safetensors": tinyModel() });
  await registerFiles(
    server.baseUrl,
    { name: "harmful" },
    { "model.pkl": Buffer.from("cos\nsystem\n(S'true'\ntR.") },
  );

  await page.goto(`${server.baseUrl}/integrations`);
  await page.getByRole("link", { name: "MLflow" }).click();
  await expect(page.getByRole("heading", { name: "No MLflow server yet" })).toBeVisible();
  await expectAccessible(page, "a page without servers");
  const add = page.getByRole("button", { name: "Add a server" });
  await add.focus();
  await page.keyboard.press("Enter");
  await expect(dialog(page).getByLabel("Name", { exact: true })).toBeFocused();
  await page.keyboard.type("Lab");
  await dialog(page).getByLabel("Tracking address").fill("http://169.254.169.254/");
  await dialog(page).getByText("Credential").click();
  await dialog(page).getByLabel("Password or token").fill("s3cret-token");
  await expectAccessible(page, "the dialog that adds a server");
  await dialog(page).getByRole("button", { name: "Add a server" }).click();
  await expect(
    dialog(page)
      .getByText(/is not a public address/)
      .first(),
  ).toBeVisible();
  await dialog(page).getByLabel("Tracking address").fill(there.url);
  await dialog(page).getByRole("button", { name: "Add a server" }).click();
  await page.getByRole("link", { name: "Lab" }).click();

  await page.getByRole("button", { name: "Trial run of Lab" }).click();
  await expect(page.getByText("Trial run, nothing was changed").first()).toBeVisible();
  await page.getByRole("link", { name: /^Changes/ }).click();
  await expect(page.getByRole("cell", { name: "from here to MLflow" }).first()).toBeVisible();
  expect(there.models.has("ours")).toBe(false);
  await page.getByRole("button", { name: "Run Lab now" }).click();
  await expect(page.getByText("2 versions pulled, 1 pushed").first()).toBeVisible();
  // The trial run has said the same numbers already: only the problem is of this run.
  await expect(page.getByText(/is malicious: its findings say why/).first()).toBeVisible({
    timeout: 60_000,
  });
  expect(there.models.get("ours")?.versions.size).toBe(1);

  there.model("theirs", { description: "changed there" });
  await api.send("PATCH", "/api/v1/models/theirs", {
    description: `changed here, ${"at length ".repeat(40)}`,
  });
  await page.getByRole("button", { name: "Run Lab now" }).click();
  await expect(page.getByRole("cell", { name: "changed there" })).toBeVisible();
  await expect(page.getByRole("cell", { name: "nowhere" })).toBeVisible();
  expect(await page.content()).not.toContain("s3cret-token");
  await expectAccessibleEverywhere(page, server.baseUrl, page.url());
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/integrations/mlflow`);

  await page.context().clearCookies();
  await page.goto(page.url().replace("/integrations/mlflow", "/operations"));
  await page.getByRole("link", { name: "Its rule", exact: true }).first().click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { name: "No MLflow server yet" })).toBeVisible();
});

test("a version that is imported says how far its bytes are, and is a version like others then", async ({
  page,
}) => {
  const bytes = tinyModel();
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const source = createServer((request, response) => {
    if (request.url === "/gone.safetensors") return response.writeHead(404).end();
    const send = () => response.writeHead(200, { "Content-Length": bytes.length }).end(bytes);
    if (isOpen) return send();
    return waiting.push(send);
  }).listen(0, "127.0.0.1");
  await once(source, "listening");
  const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;
  const call = (path: string, body: object) => api.send("POST", `/api/2.0/mlflow${path}`, body);
  await call("/registered-models/create", { name: "brought" });
  for (const file of ["gone", "net"])
    await call("/model-versions/create", { name: "brought", source: `${url}/${file}.safetensors` });

  const { body } = await api.get("/api/v1/models/brought/versions");
  const [gone, net] = body.items.map((item: { version: string }) => item.version).toSorted();
  await page.goto(`${server.baseUrl}/models/brought/versions/${net}`);
  await expect(page.getByText("Importing", { exact: true })).toBeVisible();
  await expectAccessible(page, "a version that is imported");
  isOpen = true;
  for (const send of waiting) send();
  await expect(page.getByText("It can be downloaded.")).toBeVisible({ timeout: 60_000 });

  await page.goto(`${server.baseUrl}/models/brought/versions/${gone}`);
  await expect(page.getByText("Import failed", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/The source answered 404/)).toBeVisible();
  await expectAccessible(page, "a version that could not be imported");
  await page.getByRole("link", { name: "The import and its progress" }).click();
  await expect(page).toHaveURL(/\/operations\?kind=import/);
  source.closeAllConnections();
  source.close();
});
