import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server.stop());

const register = (name: string, fields: Record<string, string> = {}, seed = 1, elements = 4) =>
  api.register({ name, ...fields }, [{ path: "m.safetensors", bytes: tinyModel(seed, elements) }]);
const names = (answer: { body: { items: { name: string }[] } }) =>
  answer.body.items.map(({ name }) => name);

describe("the list", () => {
  beforeAll(async () => {
    await register(
      "Alpha",
      { tags: '{"team":"vision","lang":"pt"}', description: "Detects cats" },
      1,
      8,
    );
    await register("beta", { tags: '{"team":"nlp"}', framework: "pytorch" }, 2, 16);
    await register("gamma_100%", {}).catch(() => undefined);
    await register("gamma", { tags: '{"team":"vision"}' }, 3, 32);
    await api.send("POST", "/api/v1/models/gamma/versions/1.0.0/stage", { stage: "production" });
  });

  it("searches names and descriptions, also by one letter, and takes % literally", async () => {
    expect(names(await api.get("/api/v1/models?query=CATS"))).toEqual(["Alpha"]);
    expect(names(await api.get("/api/v1/models?query=g"))).toEqual(["gamma"]);
    expect(names(await api.get("/api/v1/models?query=%25"))).toEqual([]);
    expect(names(await api.get("/api/v1/models?query=%25%25%25"))).toEqual([]);
  });

  it("finds all words in any order, in names, descriptions, tags and owners", async () => {
    const found = async (query: string) =>
      names(await api.get(`/api/v1/models?sort=name&query=${encodeURIComponent(query)}`));
    expect(await found("cats alpha")).toEqual(["Alpha"]);
    expect(await found("alpha CATS detects")).toEqual(["Alpha"]);
    expect(await found("cats beta")).toEqual([]);
    expect(await found("vision")).toEqual(["Alpha", "gamma"]);
    expect(await found("team:vision gamma")).toEqual(["gamma"]);
    expect(await found("pt vision")).toEqual(["Alpha"]);
    expect(await found("anonymous")).toEqual(["Alpha", "beta", "gamma"]);
    expect(await found("nlp anonymous beta")).toEqual(["beta"]);
    expect(await found("be ga")).toEqual([]);
  });

  it("finds the model that has a version or a file of a digest", async () => {
    const version = (await api.get("/api/v1/models/beta/versions/1.0.0")).body;
    const [file] = version.files;
    for (const digest of [version.digest, file.digest]) {
      const hex = digest.slice("sha256:".length);
      for (const query of [digest, digest.slice(0, 20), hex, hex.slice(0, 10), hex.toUpperCase()])
        expect(names(await api.get(`/api/v1/models?query=${query}`)), query).toEqual(["beta"]);
      const both = await api.get(`/api/v1/models?query=${hex.slice(0, 10)}%20gamma`);
      expect(names(both)).toEqual([]);
    }
  });

  it.each([
    "sha256:",
    "sha256:zz",
    "' or 1=1 --",
    "\\",
    "%_\\%",
    "a".repeat(200),
    "- - -",
    "🙂 🙂",
  ])("answers the query %s", async (query) => {
    const answer = await api.get(`/api/v1/models?query=${encodeURIComponent(query)}`);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toEqual([]);
  });

  it("says which version is in a stage, with its own verdict", async () => {
    await register("both-staged", { version: "1.0.0" }, 11);
    await register("both-staged", { version: "2.0.0" }, 12);
    await api.send("POST", "/api/v1/models/both-staged/versions/1.0.0/stage", {
      stage: "production",
    });
    const { body } = await api.get("/api/v1/models?query=both-staged&stage=production");
    expect(body.items).toMatchObject([
      {
        latest_version: "2.0.0",
        stages: ["production"],
        stage_versions: [{ stage: "production", version: "1.0.0", verdict: "clean" }],
      },
    ]);
    const detail = await api.get("/api/v1/models/both-staged");
    expect(detail.body.stage_versions).toEqual(body.items[0].stage_versions);
    expect((await api.send("DELETE", "/api/v1/models/both-staged")).status).toBe(204);
  });

  it("filters by tag, stage, framework, owner and parameters", async () => {
    const sorted = async (query: string) =>
      names(await api.get(`/api/v1/models?sort=name&${query}`));
    expect(await sorted("tag=team:vision")).toEqual(["Alpha", "gamma"]);
    expect(await sorted("tag=team:vision&tag=lang:pt")).toEqual(["Alpha"]);
    expect(await sorted("stage=production")).toEqual(["gamma"]);
    expect(await sorted("framework=pytorch")).toEqual(["Alpha", "beta", "gamma"]);
    expect(await sorted("framework=onnx&framework=tensorflow")).toEqual([]);
    expect(await sorted("owner=anonymous&min_parameters=16&max_parameters=16")).toEqual(["beta"]);
  });

  it("pages through every sort without losing or repeating a row", async () => {
    for (const sort of ["name", "updated_at", "size_bytes", "parameters", "downloads"]) {
      for (const direction of ["", "-"]) {
        const seen: string[] = [];
        let cursor = "";
        do {
          const answer = await api.get(`/api/v1/models?limit=1&sort=${direction}${sort}${cursor}`);
          expect(answer.status).toBe(200);
          seen.push(...names(answer));
          if (answer.body.next_cursor !== null) {
            expect(answer.headers.get("link")).toContain('rel="next"');
          }
          cursor = answer.body.next_cursor === null ? "" : `&cursor=${answer.body.next_cursor}`;
        } while (cursor !== "");
        expect([...seen].sort(), `${direction}${sort}`).toEqual(["Alpha", "beta", "gamma"]);
      }
    }
  });

  it("counts facets under the other filters", async () => {
    const { body } = await api.get("/api/v1/models?facets=true&tag=team:vision");
    expect(body.total).toBe(2);
    expect(body.facets.framework).toEqual({ pytorch: 2 });
    expect(body.facets.stage).toEqual({ production: 1 });
    expect(body.facets.tag).toMatchObject({ "team:vision": 2, "team:nlp": 1 });
  });

  it.each([
    "limit=0",
    "limit=1000000000",
    "limit=abc",
    "unknown=1",
    "framework=cobol",
    "sort=evil",
    "cursor=AAAA",
    "tag=nocolon",
    "min_parameters=-1",
    "facets=maybe",
    "query=%00",
  ])("refuses ?%s with a problem that names it", async (query) => {
    const answer = await api.get(`/api/v1/models?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
  });
});

describe("names", () => {
  it("are found and taken case-insensitively, and keep their spelling", async () => {
    await register("CamelCase");
    expect((await api.get("/api/v1/models/camelcase")).body.name).toBe("CamelCase");
    expect((await register("CAMELCASE", {}, 2)).body.model).toBe("CamelCase");
  });
});

describe("versions", () => {
  it("are listed by precedence, the highest first, whatever was registered when", async () => {
    const order = ["2.0.0-rc.1", "1.10.0", "1.9.0", "2.0.0", "1.0.0-alpha", "10.0.0", "1.0.0"];
    for (const [index, version] of order.entries()) await register("ordered", { version }, index);
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await api.get(`/api/v1/models/ordered/versions?limit=2${cursor}`);
      expect(body.total).toBe(order.length);
      seen.push(...body.items.map(({ version }: { version: string }) => version));
      cursor = body.next_cursor === null ? "" : `&cursor=${body.next_cursor}`;
    } while (cursor !== "");
    expect(seen).toEqual([
      "10.0.0",
      "2.0.0",
      "2.0.0-rc.1",
      "1.10.0",
      "1.9.0",
      "1.0.0",
      "1.0.0-alpha",
    ]);
  });
});

describe("aliases", () => {
  it("move with history, answer as of a moment, and resolve as refs", async () => {
    await register("aliased", {}, 1);
    await register("aliased", {}, 2);
    const put = (version: string) =>
      api.send("PUT", "/api/v1/models/aliased/aliases/champion", { version });
    expect((await put("1.0.0")).body).toMatchObject({ alias: "champion", version: "1.0.0" });
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await put("latest");
    const byAlias = await api.get("/api/v1/models/aliased/versions/@champion");
    expect(byAlias.body).toMatchObject({ version: "1.0.1", aliases: ["champion"] });
    const history = await api.get("/api/v1/models/aliased/aliases/champion/history");
    expect(history.body.items).toMatchObject([
      { from_version: "1.0.0", to_version: "1.0.1", actor: "anonymous" },
      { from_version: null, to_version: "1.0.0" },
    ]);
    const then = await api.get(`/api/v1/models/aliased/aliases/champion/history?at=${between}`);
    expect(then.body.version).toBe("1.0.0");
    expect((await api.send("DELETE", "/api/v1/models/aliased/aliases/champion")).status).toBe(204);
    const gone = await api.get("/api/v1/models/aliased/versions/@champion");
    expect(gone.body.code).toBe("alias_not_found");
  });

  it("may not be called latest", async () => {
    const answer = await api.send("PUT", "/api/v1/models/aliased/aliases/latest", {
      version: "1.0.0",
    });
    expect(answer.status).toBe(400);
  });
});

describe("stages", () => {
  it("are kept with a comment in the audit", async () => {
    await register("staged");
    const path = "/api/v1/models/staged/versions/1.0.0/stage";
    const answer = await api.send("POST", path, { stage: "staging", comment: "tested" });
    expect(answer.body.stage).toBe("staging");
    const audit = await api.get("/api/v1/audit?model=staged&action=version.staged");
    expect(audit.body.items).toMatchObject([
      { detail: { before: "none", after: "staging", comment: "tested" }, version: "1.0.0" },
    ]);
  });
});

describe("editing", () => {
  it("changes description, tags and owner, and neither number nor digest", async () => {
    const made = (await register("edited")).body;
    const change = { description: "New", tags: { a: "b" }, owner: "team-x" };
    expect((await api.send("PATCH", "/api/v1/models/edited", change)).body).toMatchObject(change);
    const version = await api.send("PATCH", "/api/v1/models/edited/versions/1.0.0", {
      description: "v",
    });
    expect(version.body).toMatchObject({
      description: "v",
      digest: made.digest,
      number: made.number,
    });
    for (const body of [{}, { digest: "x" }, { description: 1 }, { number: 2 }]) {
      const refused = await api.send("PATCH", "/api/v1/models/edited/versions/1.0.0", body);
      expect(refused.status).toBe(400);
    }
  });
});

describe("trash", () => {
  it("hides a model, keeps its name, and gives everything back", async () => {
    await register("thrown");
    expect((await api.send("DELETE", "/api/v1/models/thrown")).status).toBe(204);
    expect((await api.get("/api/v1/models/thrown")).body.code).toBe("model_not_found");
    expect((await register("thrown", {}, 9)).body.code).toBe("model_in_trash");
    const trash = await api.get("/api/v1/trash");
    expect(names(trash)).toContain("thrown");
    expect((await api.send("POST", "/api/v1/models/thrown/restore")).status).toBe(200);
    expect((await api.get("/api/v1/models/thrown/versions/latest")).body.version).toBe("1.0.0");
  });

  it("hides a version, falls back to the one before, and never reuses number or version", async () => {
    await register("pruned", {}, 1);
    await register("pruned", {}, 2);
    expect((await api.send("DELETE", "/api/v1/models/pruned/versions/1.0.1")).status).toBe(204);
    expect((await api.get("/api/v1/models/pruned")).body.latest_version).toBe("1.0.0");
    expect((await register("pruned", { version: "1.0.1" }, 2)).body.code).toBe("version_in_trash");
    expect((await register("pruned", {}, 3)).body).toMatchObject({ version: "1.0.2", number: 3 });
    const trash = await api.get("/api/v1/trash/versions");
    expect(trash.body.items).toMatchObject([{ model: "pruned", version: "1.0.1" }]);
    expect((await api.send("POST", "/api/v1/models/pruned/versions/1.0.1/restore")).status).toBe(
      200,
    );
  });
});

describe("the audit", () => {
  it("has one row for each change and none for what was refused", async () => {
    await register("audited");
    await register("audited", { version: "1.0.0" }, 2);
    await api.send("PATCH", "/api/v1/models/audited", { description: "x" });
    await api.send("PATCH", "/api/v1/models/audited", { description: 1 });
    const { body } = await api.get("/api/v1/audit?model=audited");
    expect(body.items.map((item: { action: string }) => item.action)).toEqual([
      "model.updated",
      "version.registered",
      "model.created",
    ]);
  });
});
