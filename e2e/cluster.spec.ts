import { expect, type Page, test } from "@playwright/test";
import { leaseOf, reportOf, SCHEDULER, workerNamed } from "../tests/support/agent.ts";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { PAYLOAD } from "../tests/support/verdict-files.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { registerFiles } from "./support/versions.ts";

let server: RunningServer;
let api: RegistryClient;
let digest: string;
test.beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  const made = await registerFiles(
    server.baseUrl,
    { name: "resnet50" },
    { "m.safetensors": tinyModel(2) },
  );
  digest = made.digest;
});
test.afterAll(() => server.stop());

const open = (page: Page, path = "/cluster") => page.goto(server.baseUrl + path);
const table = (page: Page, name: string) => page.getByRole("table", { name, exact: true });
const held = { model: "resnet50", version: "1.0.0", mode: "memory", bytes: 4096, state: "ready" };
const holding = () => ({ models: [{ ...held, digest }] });

async function report(workers: ReturnType<typeof workerNamed>[], more: object = {}) {
  const answer = await api.send("PUT", "/api/v1/cluster/report", reportOf(workers, more));
  expect(answer.status, JSON.stringify(answer.body)).toBe(204);
}

async function lease() {
  const { status, body } = await api.send("POST", "/api/v1/cluster/lease", leaseOf("robot"));
  expect(status).toBe(200);
  return { id: body.load.id as string, load: body.load, token: body.lease.token as string };
}

const row = (worker: string, state: string, done: number, error: object | null = null) => ({
  ...{ worker, host: "127.0.0.2", state, bytes_done: done, bytes_total: 100, error },
});

async function say(what: "progress" | "finish", held: { id: string; token: string }, body: object) {
  const path = `/api/v1/cluster/loads/${held.id}/${what}`;
  const answer = await api.send("POST", path, { lease: held.token, ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

// The journey of one cluster, from nothing to its loss; each test goes on from the one before.
test.describe.configure({ mode: "serial" });

test("a registry without a cluster says how to connect one", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("heading", { name: "No cluster is connected" })).toBeVisible();
  await expect(page.getByLabel("Let this server run the agent")).toContainText("scheduler_address");
  const byHand = page.getByLabel("Or start it yourself, where the scheduler can be reached");
  await expect(byHand).toContainText(`export MODEL_REGISTRY_URL=${server.baseUrl}`);
  await expectAccessible(page, "the empty page of clusters");
});

test("a cluster appears by itself; a model is loaded on some workers from the keyboard", async ({
  page,
}) => {
  await open(page);
  await expect(page.getByRole("heading", { name: "No cluster is connected" })).toBeVisible();
  await report([workerNamed("alpha"), workerNamed("beta"), workerNamed("gamma")]);
  await expect(table(page, "Workers").getByRole("row")).toHaveCount(4);
  await expect(page.getByRole("link", { name: "Dask dashboard" })).toHaveAttribute(
    "href",
    "http://127.0.0.1:8787/status",
  );
  await page.getByRole("button", { name: "Load a model" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Cluster")).toHaveValue(SCHEDULER);
  await dialog.getByLabel("Model", { exact: true }).fill("resnet50");
  await expect(dialog.getByLabel("Version").getByRole("option")).toHaveText(["Latest", "1.0.0"]);
  await dialog.getByLabel("Version").selectOption("1.0.0");
  await dialog.getByLabel("All workers").uncheck();
  await dialog.getByLabel("Find workers").fill("a");
  await dialog.getByLabel(/^alpha/).check();
  await dialog.getByLabel(/^gamma/).check();
  await expect(dialog.getByText("2 chosen, 3 found")).toBeVisible();
  await expectAccessible(page, "the dialog of a load");
  await dialog.getByLabel("Where").selectOption("On local disk");
  await dialog.getByRole("button", { name: "Load", exact: true }).click();
  await expect(messages(page)).toContainText("Load of resnet50 1.0.0 asked for");
  await expect(page.getByRole("button", { name: "Load a model" })).toBeFocused();
  await expect(table(page, "Running and waiting loads")).toContainText("Waits for an agent");
});

test("a load is followed on its page, worker by worker, to an end that says what to do", async ({
  page,
}) => {
  const leased = await lease();
  expect(leased.load).toMatchObject({ mode: "disk", scheduler_address: SCHEDULER });
  expect(leased.load.workers).toHaveLength(2);
  await open(page);
  await page.getByRole("link", { name: "Workers of the load of resnet50 1.0.0" }).click();
  await expect(page).toHaveURL(/\/cluster\/loads\/\d+$/);
  const workers = [row("alpha", "ready", 100), row("gamma", "downloading", 40)];
  await say("progress", leased, { workers, bytes_done: 140, bytes_total: 200 });
  const rows = table(page, "Workers of this load");
  await expect(rows).toContainText("Downloading");
  await expect(page.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "70");
  await expect(page.getByText("1 of 2 workers ready")).toBeVisible();
  const error = { code: "out_of_memory", detail: "gamma has 1 GiB left and needs 2 GiB" };
  const failed = [row("alpha", "ready", 100), row("gamma", "failed", 40, error)];
  await say("finish", leased, { state: "failed", error, workers: failed });
  await expect(rows).toContainText("A worker has not enough memory for it.");
  await expect(page.getByText("Load it to local disk").first()).toBeVisible();
  await expect(rows).toContainText("gamma has 1 GiB left");
  await expectAccessible(page, "the page of a load");
});

test("a running load is cancelled after a question, and ends when its agent hears of it", async ({
  page,
}) => {
  await api.send("POST", "/api/v1/models/resnet50/load", {});
  const leased = await lease();
  await open(page);
  const active = table(page, "Running and waiting loads");
  await active.getByRole("button", { name: "Cancel the load of resnet50 1.0.0" }).click();
  const question = page.getByRole("alertdialog");
  await expectAccessible(page, "the question before a load is cancelled");
  await question.getByRole("button", { name: "Cancel load" }).click();
  await expect(messages(page)).toContainText("cancellation requested");
  await expect(active).toContainText("Ends in a moment");
  await expect(active.getByRole("button")).toHaveCount(0);
  await say("finish", leased, { state: "cancelled", workers: [] });
  await expect(table(page, "Past loads").getByRole("row").nth(1)).toContainText("Cancelled");
  await expect(active).toHaveCount(0);
});

test("what the workers hold is shown, leads to them, and is unloaded", async ({ page }) => {
  await report([workerNamed("alpha", holding()), workerNamed("beta")]);
  await open(page, "/");
  await page.getByRole("link", { name: /^Active models/ }).click();
  await expect(page).toHaveURL(/\/cluster$/);
  const models = table(page, `Models on ${SCHEDULER}`);
  await models.getByRole("link", { name: "1 of 2" }).click();
  await expect(table(page, "Workers").getByRole("row")).toHaveCount(2);
  await page.getByRole("link", { name: "Show workers without this model as well" }).click();
  await expect(table(page, "Workers").getByRole("row")).toHaveCount(3);
  await models.getByRole("button", { name: "Unload resnet50 1.0.0" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("It is taken from 1 worker.");
  await question.getByRole("button", { name: "Unload" }).click();
  await expect(messages(page)).toContainText("Unload of resnet50 1.0.0 asked for");
  const leased = await lease();
  expect(leased.load).toMatchObject({ action: "unload", scheduler_address: SCHEDULER });
  await report([workerNamed("alpha"), workerNamed("beta")]);
  await say("finish", leased, { state: "succeeded", workers: [row("alpha", "removed", 0)] });
  await expect(page.getByText("No model is on this cluster yet.")).toBeVisible();
});

test("a version's page offers the load of a clean version alone", async ({ page }) => {
  await open(page, "/models/resnet50/versions/1.0.0");
  await page.getByRole("button", { name: "Load on cluster" }).click();
  await expect(page.getByRole("dialog").getByLabel("Model", { exact: true })).toHaveCount(0);
  await page.getByRole("dialog").getByRole("button", { name: "Load", exact: true }).click();
  await expect(messages(page)).toContainText("Load of resnet50 1.0.0 asked for");
  await registerFiles(server.baseUrl, { name: "harmful" }, { "m.pkl": Buffer.from(PAYLOAD) });
  await open(page, "/models/harmful/versions/1.0.0");
  await page.getByRole("button", { name: "Load on cluster" }).click();
  await expect(page.getByRole("dialog")).toContainText("Only a version that the scan found clean");
});

test("many workers come page by page and are found; the page fits a phone in both themes and languages", async ({
  page,
}) => {
  test.slow();
  const long = "model-".repeat(20);
  const workers = Array.from({ length: 60 }, (_, index) => {
    const models = [
      { ...held, digest },
      { ...held, digest, model: long },
    ];
    return workerNamed(`worker-${index}`, { models, status: index === 3 ? "paused" : "running" });
  });
  await report(workers);
  await report([], { address: "tcp://second:8786", status: "lost", error: "Timed out" });
  await open(page);
  await expect(table(page, "Workers").getByRole("row")).toHaveCount(26);
  await page.getByRole("link", { name: "Next" }).last().click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(table(page, "Workers").getByRole("row").nth(1)).toContainText("worker-25");
  await page.getByLabel("Find workers by name, address or host").fill("worker-7");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/query=worker-7/);
  await expect(table(page, "Workers").getByRole("row")).toHaveCount(2);
  await expect(page.getByText("does not reach the scheduler")).toBeVisible();
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/cluster`);
});
