/** Whatever a client sends is taken as it is or refused with the place of the fault; none of it is a failure of the server. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { type Answer, RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  for (const [index, version] of ["1.0.0", "1.1.0", "2.0.0"].entries())
    await api.register({ name: "kept", version }, [model(index)]);
  await api.send("PUT", "/api/v1/models/kept/aliases/prod", { version: "1.0.0" });
});
afterAll(() => server.stop());

const model = (seed: number) => ({ path: "m.safetensors", bytes: tinyModel(seed) });

/** JSON as text: JSON.stringify could not write all of it. */
async function sendText(method: string, path: string, body: string | Uint8Array<ArrayBuffer>) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${server.baseUrl}/api/v1${path}`, { method, headers, body });
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(await response.text()),
  };
}

function expectRefused(answer: Answer, pointer: string): void {
  expect(answer.body).toMatchObject({ status: 400, code: "invalid_request" });
  expect(answer.body.errors.map((problem: { pointer: string }) => problem.pointer)).toContain(
    pointer,
  );
}

const LONG = "1234567890".repeat(6);
const BAD_VALUES = [
  '"a\\u0000b"',
  '"\\ud800"',
  '"x\\udc00"',
  "1e400",
  "-1e999",
  LONG,
  `-${LONG}`,
  "1e-999",
];

describe("JSON that cannot be kept as it was sent", () => {
  const file = `[{"path":"m.bin","digest":"sha256:${"0".repeat(64)}"}]`;
  const bodies: [method: string, path: string, body: (value: string) => string, pointer: string][] =
    [
      ["PATCH", "/models/kept", (v) => `{"description":${v}}`, "/description"],
      ["PATCH", "/models/kept", (v) => `{"owner":${v}}`, "/owner"],
      ["PATCH", "/models/kept", (v) => `{"tags":{"a/b":${v}}}`, "/tags/a~1b"],
      ["PATCH", "/models/kept/versions/1.0.0", (v) => `{"tags":{"a":${v}}}`, "/tags/a"],
      ["PUT", "/models/kept/aliases/x", (v) => `{"version":${v}}`, "/version"],
      ["POST", "/models/kept/versions/1.0.0/stage", (v) => `{"comment":${v}}`, "/comment"],
      [
        "POST",
        "/models",
        (v) => `{"name":"n","files":${file},"metadata":{"a":[${v}]}}`,
        "/metadata/a/0",
      ],
      ["POST", "/models", (v) => `{"name":${v},"files":${file}}`, "/name"],
      ["POST", "/models", (v) => `{"name":"n","files":[{"path":${v}}]}`, "/files/0/path"],
      ["POST", "/uploads", (v) => `{"size_bytes":${v}}`, "/size_bytes"],
      ["POST", "/uploads", (v) => `{"size_bytes":1,"digest":${v}}`, "/digest"],
      ["POST", "/markdown", (v) => `{"markdown":${v}}`, "/markdown"],
      ["POST", "/storage/scrubs", (v) => `{"model":${v}}`, "/model"],
    ];
  it.each(bodies)("is refused: %s %s (%#)", async (method, path, body, pointer) => {
    for (const value of BAD_VALUES)
      expectRefused(await sendText(method, path, body(value)), pointer);
  });

  it.each([
    ['{"metadata":{"a":{"__proto__":{"x":1}}}}', "/metadata/a/__proto__"],
    ['{"tags":{"k\\u0000":"v"}}', "/tags/k\u0000"],
    ['{"metadata":{"\\ud83d":1}}', "/metadata/\ud83d"],
    [`{"metadata":${"[".repeat(5000)}${"]".repeat(5000)}}`, ""],
  ])("is refused for its keys and its depth: %.40s", async (body, pointer) => {
    expectRefused(await sendText("POST", "/models", body), pointer);
  });

  it("is refused in the fields of a form, with the field's pointer", async () => {
    for (const value of BAD_VALUES)
      expectRefused(
        await api.register({ name: "n", metadata: `{"a":{"b":${value}}}` }, [model(9)]),
        "/metadata/a/b",
      );
    expectRefused(
      await api.register({ name: "n", tags: '{"a":"\\u0000"}' }, [model(9)]),
      "/tags/a",
    );
    expectRefused(
      await api.register({ name: "n", description: "a\0b" }, [model(9)]),
      "/description",
    );
    expectRefused(await api.register({ name: "n\0" }, [model(9)]), "/name");
  });

  it("is refused when its bytes are no UTF-8", async () => {
    const answer = await sendText("PATCH", "/models/kept", new Uint8Array([0x22, 0xff, 0x22]));
    expect(answer.body).toMatchObject({ status: 400, code: "invalid_json" });
  });
});

describe("a query", () => {
  it.each([
    ["/models?limit=0x10", "/limit"],
    ["/models?limit=1e1", "/limit"],
    ["/models?limit=%205", "/limit"],
    ["/models?limit=+5", "/limit"],
    ["/models?limit=05", "/limit"],
    ["/models?limit=", "/limit"],
    ["/models?limit=5&limit=6", "/limit"],
    ["/models?min_parameters=1e400", "/min_parameters"],
    ["/models?__proto__=x", "/__proto__"],
    ["/models?__proto__[x]=x", "/__proto__[x]"],
    ["/models?constructor=x", "/constructor"],
    ["/models/kept?__proto__=x", "/__proto__"],
    ["/stats?__proto__=x", "/__proto__"],
    ["/storage?x=1", "/x"],
    ["/models?query=%ff", "/query"],
    ["/models?query=%ed%a0%80", "/query"],
    ["/models?query=%zz", "/query"],
    ["/models?query=100%", "/query"],
    ["/models?%ff=x", "/%ff"],
    ["/models?query=a%00b", "/query"],
    ["/models?owner=%00", "/owner"],
    ["/models?tag=a:%00", "/tag"],
    ["/models?a%00=1", "/a\0"],
    ["/models?owner=a&owner=b", "/owner"],
    ["/audit?actor=%00", "/actor"],
    ["/models/kept/versions/1.0.0/tensors?query=%00", "/query"],
    ["/models/kept/versions/1.0.0/tensors?limit=0x10", "/limit"],
    ["/models/kept/aliases/prod/history?at=0000-01-01T00:00:00Z", "/at"],
    ["/models/kept/aliases/prod/history?at=0001-01-01T00:00:00%2B10:00", "/at"],
    ["/models/kept/aliases/prod/history?at=9999-12-31T23:59:59-10:00", "/at"],
    ["/models/kept/aliases/prod/history?at=10000-01-01T00:00:00Z", "/at"],
    ["/models/kept/aliases/prod/history?at=2026-02-30T00:00:00Z", "/at"],
  ])("%s is refused with the parameter's name", async (path, pointer) => {
    expectRefused(await api.get(`/api/v1${path}`), pointer);
    // The paths without the prefix are rewritten, which must not hide what was wrong.
    if (path.startsWith("/models")) expectRefused(await api.get(path), pointer);
  });

  it.each([
    "%F0%9F%92%A9",
    "%5C",
    "%25",
    "%27%22%3B--",
    "_%25_",
    "%E2%80%AE",
    "a+b",
    "%EF%BF%BF",
    "sha256:0",
  ])("?query=%s finds nothing, and no fault", async (query) => {
    const answer = await api.get(`/api/v1/models?query=${query}&owner=${query}&tag=a:${query}`);
    expect(answer.status).toBe(200);
  });
});

describe("a tampered cursor", () => {
  const lists = [
    "/models?limit=1",
    ...["name", "-size_bytes", "parameters", "-downloads"].map(
      (sort) => `/models?limit=1&sort=${sort}`,
    ),
    "/models/kept/versions?limit=1",
    "/models/kept/versions/1.0.0/tensors?limit=1",
    "/findings?limit=1",
    "/trash?limit=1",
    "/trash/versions?limit=1",
    "/audit?limit=1",
    "/alerts?limit=1",
    "/storage/models?limit=1",
    "/storage/models?limit=1&sort=name",
    "/storage/collections?limit=1",
    "/storage/scrubs?limit=1",
    "/operations?limit=1",
  ];
  /** With a check that is right: only what it holds can give it away. */
  const forge = (content: unknown) => {
    const text = JSON.stringify(content);
    const check = createHash("sha256").update(text).digest().subarray(0, 6);
    return Buffer.concat([check, Buffer.from(text)]).toString("base64url");
  };

  it.each(lists)("is refused by %s", async (list) => {
    const others = await Promise.all(
      lists.filter((other) => other !== list).map((other) => api.get(`/api/v1${other}`)),
    );
    const cursors = [
      "",
      "AAAA",
      "x".repeat(5000),
      "%F0%9F%92%A9",
      forge([]),
      forge(["audit", "1"]),
      forge(["versions", "a\0", 1]),
      ...others.flatMap(({ body }) => body.next_cursor ?? []),
    ].filter((cursor) => !(list.startsWith("/audit") && cursor === forge(["audit", "1"])));
    for (const cursor of cursors) {
      const answer = await api.get(`/api/v1${list}&cursor=${cursor}`);
      expect(answer.body, cursor).toMatchObject({ status: 400, code: "invalid_cursor" });
    }
  });
});

describe("a field that is missing", () => {
  const problemsOf = (answer: Answer) =>
    answer.body.errors.map(
      ({ pointer, detail }: { pointer: string; detail: string }) => `${pointer} ${detail}`,
    );

  it("is said to be required", async () => {
    const json = await api.send("POST", "/api/v1/models", {});
    expect(problemsOf(json)).toEqual(["/name is required", "/files is required"]);
    const form = await api.register({}, [model(9)]);
    expect(problemsOf(form)).toEqual(["/name is required"]);
    const empty = await api.register({ name: "" }, [model(9)]);
    expect(problemsOf(empty)).toEqual(["/name is required"]);
    const noFile = await api.register({ name: "n" }, []);
    expect(problemsOf(noFile)).toEqual(["/file is required: send at least one file"]);
    const stage = await api.send("POST", "/api/v1/models/kept/versions/1.0.0/stage", {});
    expect(problemsOf(stage)).toEqual(["/stage is required"]);
    const alias = await api.send("PUT", "/api/v1/models/kept/aliases/x", {});
    expect(problemsOf(alias)).toEqual(["/version is required"]);
    const upload = await api.send("POST", "/api/v1/uploads", {});
    expect(problemsOf(upload)).toEqual(["/size_bytes is required"]);
    const nothing = await api.send("PATCH", "/api/v1/models/kept", null);
    expect(problemsOf(nothing)).toEqual([" must be an object"]);
  });
});
