/** The rules of the transaction, by way of `registerVersion`, which is the one that calls it. */
import { expect, it } from "vitest";
import { publishBlobs } from "#lib/blobs/publish-blobs.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { getModel } from "./get-model.ts";
import { buildManifest } from "./manifest.ts";
import { publishVersion } from "./publish-version.ts";
import { purgeVersion } from "./purge-version.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const files = (seed: number) => ({ "model.safetensors": tinyModel(seed) });

it("answers with the version that is there when the same content comes again under its name", async () => {
  const first = await registry.register("Same", files(1), { version: "1.0.0" });
  const { answer, audit, records } = await registry.observe("Same", () =>
    registry.register("same", files(1), { version: "1.0.0", description: "ignored" }),
  );
  expect(answer).toEqual({ created: false, version: first.version });
  expect([audit, records]).toEqual([[], []]);
});

it("makes another version of the same content when none is named", async () => {
  const first = await registry.register("twice", files(1));
  const second = await registry.register("twice", files(1));
  expect(second).toMatchObject({ created: true, version: { version: "1.0.1", number: 2 } });
  expect(second.version.digest).toBe(first.version.digest);
});

it("bumps as it is asked to, and `latest` is the highest that is no pre-release", async () => {
  await registry.register("bumped", files(1));
  const versions = [];
  for (const fields of [{ bump: "minor" }, { bump: "major" }, { version: "3.0.0-rc.1" }] as const)
    versions.push((await registry.register("bumped", files(1), fields)).version.version);
  expect(versions).toEqual(["1.1.0", "2.0.0", "3.0.0-rc.1"]);
  expect(await getModel(registry.ctx, { name: "bumped" })).toMatchObject({
    latest_version: "2.0.0",
    version_count: 4,
  });
});

it("refuses a version that is taken, whatever became of it, and writes nothing down", async () => {
  await registry.register("taken", files(1), { version: "1.0.0" });
  const refuse = async (code: string, pointer: string) => {
    const { audit, records } = await registry.observe("taken", () =>
      expect(registry.register("taken", files(2), { version: "1.0.0" })).rejects.toMatchObject({
        code,
        problems: [{ pointer }],
      }),
    );
    expect([audit, records]).toEqual([[], []]);
  };
  const taken = { name: "taken", ref: "1.0.0" };
  await refuse("version_exists", "/version");
  await trashVersion(registry.ctx, taken);
  await refuse("version_in_trash", "/version");
  await purgeVersion(registry.ctx, taken);
  await refuse("version_purged", "/version");
  await trashModel(registry.ctx, taken);
  await refuse("model_in_trash", "/name");
});

it("gives numbers without a gap to registrations at once", async () => {
  const made = await Promise.all(
    [1, 2, 3, 4].map((seed) => registry.register("raced", files(seed))),
  );
  const numbers = made.map(({ version }) => version.number);
  expect(numbers.sort()).toEqual([1, 2, 3, 4]);
  const created = (await registry.auditOf("raced")).filter(
    ({ action }) => action === "model.created",
  );
  expect(created).toHaveLength(1);
});

it("refers to no blob that was freed since it was claimed", async () => {
  const [staged] = await registry.stage({ m: "freed meanwhile" });
  if (!staged?.writer) throw new Error("nothing was staged");
  const { sha256, sizeBytes, writer } = staged;
  const claims = await publishBlobs(registry.ctx, [{ sha256, sizeBytes, bytes: writer }]);
  await registry.ctx.db.blob.delete({ where: { digest: sha256 } });
  const file = { path: "m", digest: `sha256:${sha256}`, size_bytes: sizeBytes, media_type: "x/y" };
  const publication = {
    registration: { name: "freed" },
    ...buildManifest("other", {}, [file]),
    facts: UNKNOWN_FACTS,
    idempotencyKey: null,
  };
  const publishing = inTransaction(registry.ctx.db, (tx) =>
    publishVersion(tx, registry.ctx, { publication, claims }),
  );
  await expect(publishing).rejects.toMatchObject({ code: "unavailable" });
  expect(await registry.ctx.db.model.count({ where: { nameKey: "freed" } })).toBe(0);
});

const UNKNOWN_FACTS: VersionFacts = {
  framework: "other",
  format: "unknown",
  parameters: null,
  tensorCount: 0,
  tensorRows: "[]",
  dtypes: {},
  producer: {},
  signature: null,
  files: [],
  scan: { verdict: "clean", findings: [] },
};
