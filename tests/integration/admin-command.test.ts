/** The switch from anonymous to accounts, by `npm run admin`, beside a server that runs. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;

beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  for (const name of ["net-1", "net-2", "other"]) {
    const made = await api.register({ name }, [
      { path: "a.txt", bytes: new TextEncoder().encode(name) },
    ]);
    expect(made.status).toBe(201);
  }
});
afterAll(() => server?.stop());

/** Not synchronous: the connections to the server need this process meanwhile. */
function admin(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const env = {
    ...process.env,
    MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
    MODEL_REGISTRY_API__PORT: new URL(server.baseUrl).port,
    MODEL_REGISTRY_API__HOST: "127.0.0.1",
  };
  return new Promise((done) => {
    const command = [resolve("scripts/admin.ts"), ...words];
    const child = execFile(process.execPath, command, { env }, (_error, out, err) =>
      done({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

it("says what is wrong with how it is called, and how it is", async () => {
  for (const [words, problem] of [
    [["creat", "ada"], 'There is no command "creat".'],
    [["create", "a b"], 'The name "a b" cannot be used.'],
    [["create", "x", "--role", "king"], 'There is no role "king".'],
  ] as const) {
    const { status, err } = await admin(...words);
    expect(status).toBe(1);
    expect(err).toContain(problem);
    expect(err).toContain("npm run admin -- <command>");
  }
  expect(await admin("--help")).toMatchObject({
    status: 0,
    out: expect.stringContaining("npm run admin -- <command>"),
  });
  expect(await admin("reset", "nobody")).toMatchObject({
    status: 1,
    err: "\nThere is no account nobody.\n",
  });
});

it("tells who would lose what, gives models their owners, and makes the administrator", async () => {
  const plan = (await admin("dry-run")).out;
  expect(plan).toContain("Nobody is administrator yet");
  expect(plan).toContain("3 models have no owner");
  expect(plan).toContain("net-1, net-2, other");
  expect(plan).toContain("from 127.0.0.1 without an account is refused: 6 changes");

  const created = await admin("create", "ada");
  const token = /token=([\w-]+)/.exec(created.out)?.[1];
  const password = "correct horse battery";
  expect((await api.send("POST", "/api/v1/auth/links", { token, password })).status).toBe(200);
  await admin("create", "eve", "--role", "reader");
  expect((await admin("list")).out).toMatch(
    /^ada {2}administrator {2}never seen\neve {2}reader {2}never seen$/m,
  );
  expect((await admin("own", "eve", "net-*")).out).toBe("eve owns net-1, net-2.\n");
  expect((await admin("own", "ada")).out).toBe("ada owns other.\n");
  const after = (await admin("dry-run")).out;
  expect(after).toContain("Administrators: ada.");
  expect(after).toContain("Every model has an owner.");
  expect(after).toContain("ada (administrator) loses nothing.");
  expect(after).toMatch(/eve \(reader\) loses, but for models with a grant: version\.register/);
});
