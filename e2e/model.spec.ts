import { expect, type Page } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { pickleNaming, registerFiles } from "./support/versions.ts";

const README = `---
license: apache-2.0
tags: [portuguese]
---
# Sentiment

See [the settings](./config.json). ![Chart](https://pictures.example/chart.png)

<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">
`;

async function registerWithCard(server: string, name: string) {
  await registerFiles(server, { name, version: "1.0.0" }, { "model.safetensors": tinyModel(1) });
  return registerFiles(
    server,
    { name, version: "1.1.0", description: "Longer training" },
    { "model.safetensors": tinyModel(2), "config.json": "{}", "README.md": README },
  );
}

const dialog = (page: Page) => page.getByRole("dialog");

test("shows the model's card, facts and parts, and runs nothing that its author wrote", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("card");
  await registerWithCard(server, name);
  const foreign: string[] = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== server) foreign.push(request.url());
  });
  await page.goto(`/models/${name}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(page.getByRole("heading", { name: "Sentiment" })).toBeVisible();
  await expect(page.getByText("apache-2.0")).toBeVisible();
  await expect(page.getByText("license:")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Image: Chart" })).toHaveAttribute(
    "rel",
    "nofollow noopener",
  );
  const settings = page.getByRole("link", { name: "the settings" });
  const answer = await page.request.get((await settings.getAttribute("href")) ?? "");
  expect(await answer.text()).toBe("{}");
  await expect(page).toHaveTitle(new RegExp(`^${name}`));
  expect(foreign).toEqual([]);

  const parts = page.getByRole("navigation", { name: "Parts of the model" });
  for (const [tab, shown] of [
    ["Versions", "1.1.0"],
    ["Files", "config.json"],
    ["Activity", "Version 1.1.0 was registered."],
  ] as const) {
    await parts.getByRole("link", { name: tab }).click();
    await expect(page).toHaveURL(new RegExp(`tab=${tab.toLowerCase()}`));
    await expect(page.getByRole("main").getByText(shown).first()).toBeVisible();
  }
});

test("says how to write a card when there is none; the description is edited with a preview", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("text");
  await registerFiles(server, { name }, { "model.safetensors": tinyModel() });
  await page.goto(`/models/${name}`);
  await expect(page.getByRole("heading", { name: "No model card yet" })).toBeVisible();
  await page.getByRole("button", { name: "Add a description" }).click();
  await dialog(page)
    .getByRole("textbox", { name: "Description" })
    .fill("# Purpose\n\nIt *counts*.");
  await dialog(page).getByRole("tab", { name: "Preview" }).click();
  await expect(dialog(page).getByRole("heading", { name: "Purpose" })).toBeVisible();
  await expectAccessible(page, "description editor");
  await dialog(page).getByRole("button", { name: "Save description" }).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("heading", { name: "Purpose" })).toBeVisible();
});

test("tags and owner are edited in place", async ({ page, server }) => {
  const name = uniquePrefix("edit");
  await registerFiles(server, { name, tags: '{"task":"old"}' }, { "m.safetensors": tinyModel() });
  await page.goto(`/models/${name}`);
  const about = page.getByRole("complementary", { name: "About this model" });
  await about.getByRole("button", { name: "Change the owner" }).click();
  await dialog(page).getByLabel("Owner").fill("Vision team");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await expect(about.getByText("Vision team")).toBeVisible();

  await about.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog(page).getByLabel("Value of tag 1").fill("new");
  await dialog(page).getByRole("button", { name: "Add a tag" }).click();
  await dialog(page).getByLabel("Key of tag 2").fill("task");
  await dialog(page).getByRole("button", { name: "Save tags" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("“task” is there twice");
  await dialog(page).getByLabel("Key of tag 2").fill("team");
  await dialog(page).getByRole("button", { name: "Save tags" }).click();
  await expect(about.getByText("task: new")).toBeVisible();
  await expect(about.getByText("team", { exact: true })).toBeVisible();
});

test("an alias is added, moved, looked up and removed", async ({ page, server }) => {
  const name = uniquePrefix("alias");
  await registerWithCard(server, name);
  await page.goto(`/models/${name}`);
  const about = page.getByRole("complementary", { name: "About this model" });
  await about.getByRole("button", { name: "Add alias" }).click();
  await dialog(page).getByLabel("Alias").fill("latest");
  await dialog(page).getByLabel("Version").fill("1.0.0");
  await dialog(page).getByRole("button", { name: "Add alias" }).click();
  await expect(dialog(page).getByRole("alert")).toBeVisible();
  await dialog(page).getByLabel("Alias").fill("champion");
  await dialog(page).getByRole("button", { name: "Add alias" }).click();
  await expect(about.getByText("@champion")).toBeVisible();

  await about.getByRole("button", { name: "Move", exact: true }).click();
  await dialog(page).getByLabel("Version").fill("9.9.9");
  await dialog(page).getByRole("button", { name: "Move alias" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("no version 9.9.9");
  await dialog(page).getByLabel("Version").fill("1.1.0");
  await dialog(page).getByRole("button", { name: "Move alias" }).click();
  await expect(dialog(page)).toHaveCount(0);

  await about.getByRole("button", { name: "History of @champion" }).click();
  await expect(dialog(page).getByText("Moved from 1.0.0 to 1.1.0")).toBeVisible();
  await expect(dialog(page).getByText("Created for 1.0.0")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(about.getByRole("button", { name: "History of @champion" })).toBeFocused();

  await about.getByRole("button", { name: "Remove @champion" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(about.getByText("@champion")).toHaveCount(0);
  await messages(page).getByRole("button", { name: "Undo" }).click();
  await expect(about.getByText("@champion")).toBeVisible();
});

test("many versions are paged, the newest first", async ({ page, server }) => {
  const name = uniquePrefix("many");
  for (let seed = 1; seed <= 52; seed += 1) {
    await registerFiles(server, { name }, { "m.safetensors": tinyModel(seed) });
  }
  await page.goto(`/models/${name}?tab=versions`);
  const table = page.getByRole("table");
  await expect(table.getByRole("row")).toHaveCount(51);
  await expect(table.getByRole("link").first()).toHaveText("1.0.51");
  await page.getByRole("link", { name: "Next" }).click();
  await expect(table.getByRole("row")).toHaveCount(3);
  await page.getByRole("link", { name: "First page" }).click();
  await expect(table.getByRole("row")).toHaveCount(51);
  await page.goto(`/models/${name}?tab=versions&cursor=nonsense`);
  await expect(table.getByRole("row")).toHaveCount(51);
});

test("deleting says what it breaks, asks for the name in production, and can be undone", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("gone");
  await registerWithCard(server, name);
  const client = new RegistryClient(server);
  await client.send("PUT", `/api/v1/models/${name}/aliases/champion`, { version: "1.1.0" });
  await client.send("POST", `/api/v1/models/${name}/versions/1.1.0/stage`, {
    stage: "production",
  });
  await page.goto(`/models/${name}`);
  await page.getByRole("button", { name: "Delete the model" }).click();
  const ask = page.getByRole("alertdialog");
  await expect(ask).toContainText("its 2 versions");
  await expect(ask).toContainText("@champion");
  await expect(ask).toContainText("in production");
  await expectAccessible(page, "delete dialog");
  await ask.getByRole("button", { name: "Move to trash" }).click();
  await expect(ask.getByRole("alert")).toHaveText("This is not the model's name.");
  await ask.getByRole("textbox").fill(name);
  await ask.getByRole("button", { name: "Move to trash" }).click();
  const undo = messages(page).getByRole("button", { name: "Undo" });
  await expect(undo).toBeVisible();
  expect((await client.get(`/api/v1/models/${name}`)).status).toBe(404);
  await expect(page).toHaveURL(/\/models$/);
  await undo.click();
  await expect(page).toHaveURL(new RegExp(`/models/${name}$`));
  expect((await client.get(`/api/v1/models/${name}`)).status).toBe(200);
});

test("a suspicious version asks before it is downloaded, a malicious one is refused with the reason", async ({
  page,
  server,
}) => {
  const risky = uniquePrefix("risky");
  await registerFiles(server, { name: risky }, { "m.pkl": pickleNaming("my_project", "Net") });
  await page.goto(`/models/${risky}?tab=files`);
  await expect(page.getByText("code that is not on the allow-list").first()).toBeVisible();
  await page.getByRole("button", { name: "What is that?" }).click();
  await expect(dialog(page)).toContainText("read, never run");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Download m.pkl" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("button", { name: "Download all the same" }).click();
  await expect(question).toContainText("Say why");
  await expectAccessible(page, "the question before a suspicious file is downloaded");
  await question.getByLabel("Reason").fill("only in the sandbox");
  const arriving = page.waitForEvent("download");
  await question.getByRole("button", { name: "Download all the same" }).click();
  expect((await arriving).suggestedFilename()).toBe("m.pkl");
  const audit = async () => {
    const path = `/api/v1/audit?model=${risky}&action=version.downloaded`;
    return (await new RegistryClient(server).get(path)).body.items[0]?.detail;
  };
  await expect.poll(audit).toMatchObject({
    file: "m.pkl",
    accepted_verdict: "suspicious",
    comment: "only in the sandbox",
  });

  const evil = uniquePrefix("evil");
  await registerFiles(server, { name: evil }, { "m.pkl": pickleNaming("os", "system") });
  await page.goto(`/models/${evil}?tab=files`);
  const refused = page.getByRole("button", { name: "Download m.pkl" });
  await expect(refused).toBeDisabled();
  await expect(refused).toHaveAccessibleDescription(/not served/i);
  await page.getByRole("button", { name: "Use this model" }).click();
  await expect(dialog(page)).toContainText("malicious");
  await expect(dialog(page).getByText("curl")).toHaveCount(0);
});

test("a model that is not there says so and where it may be", async ({ page }) => {
  const answer = await page.goto("/models/there-is-no-such-model");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such model" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link", { name: "Open the trash" })).toBeVisible();
});

test("is accessible in both themes and languages, on a desk and on a phone", async ({
  page,
  server,
}) => {
  test.slow();
  const name = `${uniquePrefix("axe")}-${"long-name-".repeat(10)}end`;
  await registerWithCard(server, name);
  await new RegistryClient(server).send("PUT", `/api/v1/models/${name}/aliases/champion`, {
    version: "1.0.0",
  });
  for (const tab of ["card", "versions", "files", "activity"]) {
    await expectAccessibleEverywhere(page, server, `/models/${name}?tab=${tab}`);
  }
});
