import { expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";
import { messages } from "./support/messages.ts";
import { registerFiles } from "./support/versions.ts";

let database: CuttableDatabase;
let server: RunningServer;
let api: RegistryClient;
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({ env: { DATABASE_URL: database.url } });
  api = new RegistryClient(server.baseUrl);
});
test.afterAll(async () => {
  await server.stop();
  await database.stop();
});

async function run(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
const open = (page: Page, name: string) =>
  page.goto(`${server.baseUrl}/models/${name}/versions/1.0.0`);
const protect = (body: object) => api.send("POST", "/api/v1/protections", body);

test("a move is asked for, waits for somebody else, and is made with the approval", async ({
  page,
}) => {
  const name = "guarded";
  await registerFiles(
    server.baseUrl,
    { name, metadata: JSON.stringify({ accuracy: 0.93 }) },
    { "m.safetensors": tinyModel() },
  );
  await open(page, name);
  await expect(page.getByRole("heading", { name: "Protected moves" })).toHaveCount(0);
  const requirements = {
    require_clean: true,
    rule: 'accuracy >= 0.9 and split == "test"',
    approvals: 1,
  };
  await protect({ pattern: "guard*", kind: "alias", target: "prod", ...requirements });
  await open(page, name);
  const move = page
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: "Alias prod" }) });
  await expect(move).toContainText("Verdict: Clean");
  await expect(move).toContainText("accuracy >= 0.9 (it is 0.93)");
  await expect(move).toContainText('split == "test" (not in the metadata)');
  await expect(move).toContainText("0 of 1 approvals");
  const refused = await api.send("PUT", `/api/v1/models/${name}/aliases/prod`, {
    version: "1.0.0",
  });
  expect([refused.status, refused.body.code]).toEqual([409, "move_protected"]);
  await protect({
    pattern: "guard*",
    kind: "alias",
    target: "prod",
    rule: "accuracy >= 0.9",
    approvals: 1,
  });
  await open(page, name);
  await move.getByRole("button", { name: "Ask for approval: Alias prod" }).click();
  await page.getByLabel("Why this version").fill("It is the best so far");
  await expectAccessible(page, "the question for an approval");
  await page.getByRole("button", { name: "Ask for approval", exact: true }).click();
  await expect(messages(page)).toContainText("Asked for approval: Alias prod");
  await expect(move).toContainText("Somebody else decides about your request.");
  await expect(move.getByRole("button", { name: /Approve/ })).toHaveCount(0);
  await expectAccessibleEverywhere(
    page,
    server.baseUrl,
    `${server.baseUrl}/models/${name}/versions/1.0.0`,
  );
  await page.context().clearCookies();

  await run("update move_request set requested_by = 'dan', requested_by_id = 'user-dan'");
  await open(page, name);
  await expect(move).toContainText("Asked for by dan");
  await move.getByRole("button", { name: "Approve: Alias prod" }).click();
  await page.getByLabel("Comment").fill("Agreed");
  await expectAccessible(page, "the approval");
  await page.getByRole("dialog").getByRole("button", { name: "Approve", exact: true }).click();
  await expect(move).toContainText("Here now");
  await expect(move).toContainText("anonymous approved. Agreed");
  const { body } = await api.get(`/api/v1/models/${name}`);
  expect(JSON.stringify(body)).toContain("prod");
});

test("a refusal ends a request, and a move that needs no approval is made from the card", async ({
  page,
}) => {
  const name = "staged";
  await registerFiles(server.baseUrl, { name }, { "m.safetensors": tinyModel(2) });
  await protect({ pattern: name, kind: "stage", target: "production", approvals: 1 });
  const request = { version: "1.0.0", kind: "stage", target: "production" };
  await api.send("POST", `/api/v1/models/${name}/move-requests`, request);
  await run(
    "update move_request set requested_by = 'dan', requested_by_id = 'user-dan' where state = 'open'",
  );
  await open(page, name);
  const move = page
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: "Stage Production" }) });
  await move.getByRole("button", { name: "Refuse: Stage Production" }).click();
  await page.getByLabel("Comment").fill("Not yet");
  await page.getByRole("dialog").getByRole("button", { name: "Refuse", exact: true }).click();
  await expect(move).toContainText("anonymous refused. Not yet");
  await expect(move.getByRole("button", { name: /Ask for approval/ })).toBeVisible();
  await protect({ pattern: name, kind: "stage", target: "production", require_clean: true });
  await open(page, name);
  await move.getByRole("button", { name: "Move now" }).click();
  await expect(move).toContainText("Here now");
});
