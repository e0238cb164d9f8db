import { expect, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";
import { registerFiles } from "./support/versions.ts";

let database: CuttableDatabase;
let server: RunningServer;
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({ env: { DATABASE_URL: database.url } });
});
test.afterAll(async () => {
  await server?.stop();
  await database?.stop();
});
test.afterEach(() => database.mend());

for (const [locale, words] of [
  [
    "en-US",
    { title: "This page could not be shown", retry: "Try again", back: "Go to the models" },
  ],
  [
    "pt-BR",
    {
      title: "Não foi possível mostrar esta página",
      retry: "Tentar de novo",
      back: "Ir para os modelos",
    },
  ],
] as const) {
  test(`a page whose data cannot be loaded says so, and leads on when it can (${locale})`, async ({
    browser,
  }) => {
    const page = await (await browser.newContext({ locale })).newPage();
    const name = `errors-${locale.toLowerCase()}`;
    await registerFiles(server.baseUrl, { name }, { "m.safetensors": tinyModel() });

    for (const path of ["/", "/models", `/models/${name}`, `/models/${name}/versions/1.0.0`]) {
      database.cut();
      await page.goto(server.baseUrl + path);
      const problem = page.getByRole("alert").filter({ hasText: words.title });
      await expect(problem.getByRole("heading", { level: 1 })).toHaveText(words.title);
      await expect(problem.getByRole("link", { name: words.back })).toBeVisible();
      await expect(page.locator("html")).toHaveAttribute(
        "lang",
        locale === "pt-BR" ? locale : "en",
      );
      await expectAccessible(page, `error page of ${path} in ${locale}`);
      // Nothing of the inside of the server is told.
      await expect(page.getByText(/prisma|postgres|ECONN|127\.0\.0\.1/i)).toHaveCount(0);

      database.mend();
      await problem.getByRole("button", { name: words.retry }).click();
      await expect(problem).toHaveCount(0);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }

    database.cut();
    await page.goto(`${server.baseUrl}/trash`);
    database.mend();
    await page.getByRole("link", { name: words.back }).click();
    await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
    await page.context().close();
  });
}
