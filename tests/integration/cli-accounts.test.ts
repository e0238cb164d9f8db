/** The command line where everybody has to sign in: logins, tokens and what they may do. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { CliPlace } from "../support/cli.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const PASSWORD = "correct horse battery staple";

let server: RunningServer;
let cli: CliPlace;
beforeAll(async () => {
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_ADMIN_NAME: "ada",
      MODEL_REGISTRY_ADMIN_PASSWORD: PASSWORD,
    },
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  cli = new CliPlace();
  return () => cli.remove();
});

const credentialsOf = (place: CliPlace) =>
  place.path("config", "model-registry", "credentials.json");

/** With a password on standard input, as scripts do it. */
function login(password: string, ...options: string[]) {
  const args = ["login", server.baseUrl, "--username", "ada", "--password-stdin", ...options];
  return cli.start(args, { input: `${password}\n` }).result;
}

it("nobody is told anything before a login, and how to log in", async () => {
  const { code, stdout, stderr } = await cli.run("list", "--url", server.baseUrl);
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toContain("model-registry login");
  expect(await cli.run("whoami", "--url", server.baseUrl)).toMatchObject({ code: 4, stdout: "" });
  expect(await login("wrong password")).toMatchObject({ code: 4 });
  expect((await cli.run("login", server.baseUrl)).code).toBe(2);
});

it("a login by password keeps a token of this machine, and never the password", async () => {
  expect((await login(PASSWORD)).stderr).toContain("as ada");
  const kept = readFileSync(credentialsOf(cli), "utf8");
  expect(kept).not.toContain(PASSWORD);
  expect(await cli.json("whoami")).toMatchObject({
    name: "ada",
    kind: "user",
    token_source: "file",
  });
  writeFileSync(cli.path("m.safetensors"), tinyModel(1));
  await cli.json("register", "m.safetensors", "--name", "of-ada");
  expect((await cli.json("list")).items[0].owner).toBe("ada");
  expect(await cli.run("token", "list")).toMatchObject({ code: 4 });
  await cli.run("logout");
  expect((await cli.run("list", "--url", server.baseUrl)).code).toBe(4);
});

it("tokens are made, listed and revoked, and a bad one is not kept by login", async () => {
  await login(PASSWORD, "--scope", "admin");
  const { stdout, stderr } = await cli.run(
    ...["token", "create", "ci", "--scope", "models:read", "--model", "of-*", "--days", "5"],
  );
  const token = stdout.trim();
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stderr).not.toContain(token);
  const { items } = await cli.json("token", "list");
  const made = items.find((one: { name: string }) => one.name === "ci");
  expect(made).toMatchObject({ scopes: ["models:read"], models: ["of-*"] });

  const reader = new CliPlace({ MODEL_REGISTRY_URL: server.baseUrl, MODEL_REGISTRY_TOKEN: token });
  try {
    expect((await reader.run("list")).code).toBe(0);
    writeFileSync(reader.path("m.safetensors"), tinyModel(2));
    expect((await reader.run("register", "m.safetensors", "--name", "of-ci")).code).toBe(4);
    expect((await cli.run("token", "revoke", made.id)).code).toBe(2);
    expect((await cli.run("token", "revoke", made.id, "--yes")).code).toBe(0);
    expect((await reader.run("list")).code).toBe(4);
    const again = reader.start(["login", server.baseUrl, "--token-stdin"], { input: token });
    expect((await again.result).code).toBe(4);
    expect(await reader.run("logout")).toMatchObject({
      stderr: expect.stringContaining("Nothing was"),
    });
  } finally {
    reader.remove();
  }
});

it("a model is private from its registration on, shared, and made public", async () => {
  await login(PASSWORD, "--scope", "admin");
  const { servers } = JSON.parse(readFileSync(credentialsOf(cli), "utf8"));
  const made = await new RegistryClient(server.baseUrl).send(
    "POST",
    "/api/v1/users",
    { name: "eve", role: "reader" },
    { authorization: `Bearer ${servers[server.baseUrl].token}` },
  );
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  writeFileSync(cli.path("m.safetensors"), tinyModel(3));
  await cli.json("register", "m.safetensors", "--name", "secret", "--visibility", "private");
  expect((await cli.json("show", "secret")).visibility).toBe("private");
  expect((await cli.json("share", "grant", "secret", "eve", "read")).level).toBe("read");
  const holders = async () =>
    (await cli.json("share", "list", "secret")).items.map(
      ({ user, level }: { user: { name: string }; level: string }) => `${user.name} ${level}`,
    );
  expect(await holders()).toEqual(["ada owner", "eve read"]);
  expect((await cli.run("share", "grant", "secret", "eve", "all")).code).toBe(2);
  expect((await cli.run("share", "revoke", "secret", "eve", "--group")).code).toBe(5);
  await cli.json("share", "revoke", "secret", "eve");
  expect(await holders()).toEqual(["ada owner"]);
  await cli.json("share", "visibility", "secret", "public");
  expect((await cli.json("show", "secret")).visibility).toBe("public");
});

it("the audit log is verified by the server, and the result waited for", async () => {
  await login(PASSWORD, "--scope", "admin");
  const first = await cli.json("audit", "verify");
  expect(first.verification.problem).toBeNull();
  const second = await cli.json("audit", "verify");
  expect(second.verification.at > first.verification.at).toBe(true);
});
