/** Two-way synchronisation while the other side lies, stalls and breaks off, and while runs are stopped in the middle. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startSync } from "../../lib/mlflow-sync/start-sync.ts";
import {
  attempt,
  ended,
  here,
  MLMODEL,
  name,
  registry,
  rule,
  run,
  there,
} from "../support/mlflow-sync-scene.ts";
import { tinyModel } from "../support/model-files.ts";

describe("the other side", () => {
  const FILES = { MLmodel: MLMODEL, "model.bin": Buffer.alloc(200_000, 7) };
  /** Answers requests for the big file. */
  const onBig = (react: (response: import("node:http").ServerResponse) => void) => {
    there.fault = (request, response) => {
      if (request.method !== "GET" || !request.url?.endsWith("/model.bin")) return false;
      react(response);
      return true;
    };
  };
  const bytes = FILES["model.bin"];

  it.each([
    [
      "cut in the middle",
      (response) =>
        response
          .writeHead(200, { "Content-Length": 200_000 })
          .write(bytes.subarray(0, 50_000), () => response.destroy()),
    ],
    [
      "of fewer bytes than it lists",
      (response) => response.writeHead(200).end(bytes.subarray(0, 100)),
    ],
    [
      "of more bytes than it lists",
      (response) => response.writeHead(200).end(Buffer.concat([bytes, bytes])),
    ],
    ["that stands still", (response) => response.writeHead(200).write(bytes.subarray(0, 50_000))],
    [
      "that drips",
      (response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write("x"), 50);
        response.on("close", () => clearInterval(timer));
      },
    ],
    ["that it does not have", (response) => response.writeHead(404).end("{}")],
    [
      "in an encoding",
      (response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(bytes),
    ],
    [
      "that leads elsewhere",
      (response) => response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(),
    ],
  ] as [string, (response: import("node:http").ServerResponse) => void][])(
    "sends a file %s: the version is not there, the rest is, and the next run brings it",
    async (_, react) => {
      there.version(name, FILES);
      there.version(`${name}b`, { MLmodel: MLMODEL });
      onBig(react);
      const result = await run();
      expect(result).toMatchObject({ state: "done", error: expect.stringContaining("problem") });
      expect(result.told).toContain(`problem ${name} 1 version left`);
      expect((await here())?.versions).toEqual([]);
      expect((await here(`${name}b`))?.versions).toHaveLength(1);
      there.fault = () => false;
      there.seen.length = 0;
      expect((await run()).told).toEqual([`change ${name} 1 version pulled`]);
      expect((await here())?.versions[0]?.sizeBytes).toBe(BigInt(200_000 + MLMODEL.length));
      // What had come whole does not come again.
      expect(there.seen.filter((call) => call.endsWith("/MLmodel"))).toEqual([]);
    },
  );

  it("lists a model that it does not have", async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.fault = (request, response) => {
      if (!request.url?.includes("registered-models/get")) return false;
      response.writeHead(404).end(JSON.stringify({ error_code: "RESOURCE_DOES_NOT_EXIST" }));
      return true;
    };
    const result = await run();
    expect(result.told).toEqual([`problem ${name} model left`]);
    expect(await here()).toBeNull();
  });

  it("lists files that are written nowhere: by paths, twice, without end, of no size", async () => {
    const file = (path: string) => ({ path, is_dir: false, file_size: 1 });
    const listed: object[][] = [
      ...[
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "..",
        "con",
        "a\\b",
        "a\u202eb",
        "x".repeat(3000),
      ].map((path) => [file(path)]),
      [file("a"), file("A")],
      [{ path: "within", is_dir: true }],
      [{ path: "a", is_dir: false, file_size: "many" }],
    ];
    for (const at of listed.keys()) there.version(`${name}${at}`, { MLmodel: MLMODEL });
    there.fault = (request, response) => {
      const [, at] = /artifacts\?path=0%2F[^%]*-\d+-(\d+)-1%2F/.exec(request.url ?? "") ?? [];
      if (at === undefined) return false;
      response.writeHead(200).end(JSON.stringify({ files: listed[Number(at)] }));
      return true;
    };
    const { told } = await run();
    for (const at of listed.keys()) expect(told).toContain(`problem ${name}${at} 1 version left`);
    const found = await registry.ctx.db.version.count({
      where: { model: { name: { startsWith: name } } },
    });
    expect(found).toBe(0);
  });

  it("lists what cannot be read, and names that nobody here may have", async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.model(`${name}/../x`);
    there.model(`${name}broken`).aliases.set("a", -1);
    const result = await run();
    expect(result).toMatchObject({ state: "done" });
    expect(result.told).toEqual(
      expect.arrayContaining([
        `problem ${name}broken model left`,
        `problem ${name}/../x model left`,
        `change ${name} 1 version pulled`,
      ]),
    );
  });

  it.each([
    ["is silent", () => true],
    [
      "is cut",
      (_request, response) => {
        response.destroy();
        return true;
      },
    ],
    [
      "fails",
      (_request, response) => {
        response.writeHead(500).end("{}");
        return true;
      },
    ],
  ] as [string, import("../support/mlflow-counterpart.ts").Fault][])(
    "%s: the run is tried again later",
    async (_, fault) => {
      there.fault = fault;
      expect((await run()).state).toBe("queued");
    },
  );

  it.each([
    ["refuses the credential", 401, "{}"],
    ["is no MLflow server", 200, "<html>"],
    ["pages without end", 200, JSON.stringify({ next_page_token: "again" })],
  ])("%s: the run fails, and says why", async (_, status, body) => {
    there.fault = (_request, response) => {
      response.writeHead(status).end(body);
      return true;
    };
    const result = await run();
    expect(result).toMatchObject({
      state: "failed",
      error: expect.stringMatching(/MLflow server/),
    });
  });

  it("goes away in the middle: the run is tried again, and brings each version once", async () => {
    for (let count = 0; count < 8; count += 1)
      there.version(name, { MLmodel: MLMODEL, n: String(count) });
    const { operation } = await startSync(registry.ctx, { id: rule, isDryRun: false });
    let files = 0;
    there.fault = (request, response) => {
      if (request.url?.endsWith("/n")) files += 1;
      if (files < 4) return false;
      response.destroy();
      return true;
    };
    await expect(attempt(operation.id, new AbortController().signal)).rejects.toThrow();
    expect((await ended(operation.id)).state).toBe("queued");
    there.fault = () => false;
    await attempt(operation.id, new AbortController().signal);
    const result = await ended(operation.id);
    expect(result).toMatchObject({ state: "done", error: null });
    expect(result.progress).toMatchObject({ pulled_versions: 8, problems: 0 });
    expect((await here())?.versions).toHaveLength(8);
  });
});

describe("a run that is stopped in the middle", () => {
  it("goes on where it was, in both directions, and brings nothing twice", async () => {
    for (let count = 0; count < 4; count += 1)
      there.version(name, { MLmodel: MLMODEL, n: String(count) });
    for (let count = 0; count < 4; count += 1)
      await registry.register(`${name}ours`, { "m.safetensors": tinyModel(), n: String(count) });
    const { operation } = await startSync(registry.ctx, { id: rule, isDryRun: false });
    for (let stops = 1; stops < 40; stops += 3) {
      const stop = new AbortController();
      let asked = 0;
      there.fault = async () => {
        asked += 1;
        if (asked === stops) stop.abort(new Error("the process ends"));
        await sleep(1);
        return false;
      };
      await attempt(operation.id, stop.signal).catch(() => undefined);
      if ((await ended(operation.id)).state === "done") break;
    }
    there.fault = () => false;
    await attempt(operation.id, new AbortController().signal);
    expect(await ended(operation.id)).toMatchObject({ state: "done", error: null });
    expect((await here())?.versions).toHaveLength(4);
    expect(there.models.get(`${name}ours`)?.versions.size).toBe(4);
    expect((await here(`${name}ours`))?.versions).toHaveLength(4);
    expect(there.models.get(name)?.versions.size).toBe(4);
    expect((await run()).told).toEqual([]);
  });

  it("after a version came to be there, before anybody wrote that down, knows it again", async () => {
    await registry.register(name);
    await run();
    await registry.ctx.db.mlflowVersionLink.deleteMany({ where: { link: { syncId: rule } } });
    expect((await run()).progress).toMatchObject({ pushed_versions: 0, pulled_versions: 0 });
    expect(there.models.get(name)?.versions.size).toBe(1);
  });

  it("ends when it is cancelled, and another one of the rule does not begin beside it", async () => {
    const { operation } = await startSync(registry.ctx, { id: rule, isDryRun: false });
    await expect(startSync(registry.ctx, { id: rule, isDryRun: true })).rejects.toMatchObject({
      code: "run_in_progress",
    });
    await registry.ctx.db.operation.update({
      where: { id: BigInt(operation.id) },
      data: { cancelRequestedAt: new Date() },
    });
    await attempt(operation.id, new AbortController().signal);
    expect((await ended(operation.id)).state).toBe("cancelled");
  });
});
