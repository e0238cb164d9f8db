/** Verdicts that are made anew: with a real database, stored bytes, and the processes that read them. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { SYSTEM } from "#lib/access/actor.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import { blobKey } from "#lib/storage/layout.ts";
import { modelRegistry } from "../../../tests/support/model-registry.ts";
import { PAYLOAD, UNKNOWN } from "../../../tests/support/verdict-files.ts";
import { trashModel } from "../trash-model.ts";
import { rescanVersions } from "./rescan-versions.ts";

const registry = modelRegistry();
beforeEach(() => registry.clear());

const BY_RULES = `rules:${RULES_VERSION}`;
type Saved = Record<string, number | null>;

async function rescan({
  subject = BY_RULES as string | null,
  createdAt = new Date(),
  progress = {},
  signal = new AbortController().signal,
} = {}) {
  const saved: Saved[] = [];
  const save = async (one: Saved) => void saved.push(one);
  const run = { subject, createdAt, progress };
  const outcome = await rescanVersions(registry.ctxFor(SYSTEM), run, { signal, save });
  return { ...outcome, saved };
}

/** As rules of before judged all versions. */
async function judge(verdict: string, rules = 0): Promise<void> {
  await registry.ctx.db.$executeRaw`
    update version set verdict = ${verdict}, findings = '[]', rules_version = ${rules}`;
  await registry.ctx.db.$executeRaw`update file set verdict = ${verdict}`;
  await registry.ctx.db.$executeRaw`update model set verdict = ${verdict}`;
  await registry.ctx.db.$executeRaw`update alert set resolved_at = now(), settled_at = now()`;
}

const version = (name: string) =>
  registry.ctx.db.version.findFirstOrThrow({
    where: { model: { name } },
    include: { files: { orderBy: { path: "asc" } }, model: true },
  });
const openAlerts = async () =>
  (await registry.ctx.db.alert.findMany({ where: { kind: "scan_finding", resolvedAt: null } })).map(
    ({ subject, detail }) => [subject, (detail as { verdict: string }).verdict],
  );

it("a registration notes by which rules it was judged", async () => {
  const { version: made } = await registry.register("net");
  expect(made.scan.rules_version).toBe(RULES_VERSION);
  expect((await version("net")).rulesVersion).toBe(RULES_VERSION);
});

it("what older rules let through is held back, audited, announced and alarmed, and written to its record", async () => {
  await registry.register("net", { "model.pkl": PAYLOAD, "notes.txt": "harmless" });
  await registry.register("good");
  await judge("clean");
  const { answer, audit, records } = await registry.observe("net", () => rescan());
  expect(answer.progress).toEqual({ versions: 2, worse: 1, better: 0 });
  expect(answer.error).toBeUndefined();
  expect(answer.saved[0]).toMatchObject({ versions: 0, total_versions: 2 });
  const row = await version("net");
  expect(row).toMatchObject({ verdict: "malicious", rulesVersion: RULES_VERSION });
  expect(row.findings).not.toEqual([]);
  expect(row.files.map(({ path, verdict }) => [path, verdict])).toEqual([
    ["model.pkl", "malicious"],
    ["notes.txt", "clean"],
  ]);
  expect(row.model.verdict).toBe("malicious");
  expect(await openAlerts()).toEqual([["net/1.0.0", "malicious"]]);
  expect(audit).toEqual([
    {
      action: "version.rescanned",
      version: "1.0.0",
      actor: "system",
      detail: {
        before: "clean",
        after: "malicious",
        rules_version: RULES_VERSION,
        files_changed: 1,
        files: [{ path: "model.pkl", before: "clean", after: "malicious" }],
      },
    },
  ]);
  expect(records).toEqual(["write net 1.0.0"]);
  expect((await registry.auditOf("good")).map(({ action }) => action)).not.toContain(
    "version.rescanned",
  );
});

it("what older rules held back is let out again, and its alert ends", async () => {
  await registry.register("net");
  await judge("suspicious");
  await registry.ctx.db.$executeRaw`
    insert into alert (kind, severity, subject, model_name, detail, opened_at, last_seen_at)
    values ('scan_finding', 'critical', 'net/1.0.0', 'net', '{"verdict": "suspicious"}', now(), now())`;
  expect((await rescan()).progress).toEqual({ versions: 1, worse: 0, better: 1 });
  expect(await version("net")).toMatchObject({ verdict: "clean", model: { verdict: "clean" } });
  expect(await openAlerts()).toEqual([]);
});

it("an open alert tells the verdict of now", async () => {
  await registry.register("net", { "model.pkl": PAYLOAD });
  await judge("suspicious");
  await registry.ctx.db.$executeRaw`
    insert into alert (kind, severity, subject, model_name, detail, opened_at, last_seen_at)
    values ('scan_finding', 'critical', 'net/1.0.0', 'net', '{"verdict": "suspicious"}', now(), now())`;
  await rescan();
  expect(await openAlerts()).toEqual([["net/1.0.0", "malicious"]]);
});

it("changes nothing twice, and nothing but the verdict", async () => {
  await registry.register("net", { "weights.bin": UNKNOWN });
  const before = await version("net");
  await judge("clean");
  await rescan();
  const after = await version("net");
  const { updatedAt, scannedAt, model, files, ...rest } = after;
  expect(before).toMatchObject(rest);
  expect(model.updatedAt).toEqual(before.model.updatedAt);
  expect(files).toEqual(before.files);
  expect(updatedAt > before.updatedAt).toBe(true);
  expect((await rescan()).progress).toEqual({ versions: 0, worse: 0, better: 0 });
  // Asked for again, it looks and finds the same.
  const again = await registry.observe("net", () => rescan({ subject: null }));
  expect(again.answer.progress).toEqual({ versions: 1, worse: 0, better: 0 });
  expect(again.audit).toEqual([]);
  const last = await version("net");
  expect(last.updatedAt).toEqual(updatedAt);
  expect(Number(last.scannedAt)).toBeGreaterThan(Number(scannedAt));
});

it("leaves verdicts of newer rules alone", async () => {
  await registry.register("net", { "model.pkl": PAYLOAD });
  await judge("clean", RULES_VERSION + 1);
  expect((await rescan()).progress).toEqual({ versions: 0, worse: 0, better: 0 });
  expect(await version("net")).toMatchObject({ verdict: "clean" });
});

it("looks at the trash too, and raises no alert there", async () => {
  await registry.register("net", { "model.pkl": PAYLOAD });
  await trashModel(registry.ctx, { name: "net" });
  await judge("clean");
  expect((await rescan()).progress).toMatchObject({ versions: 1, worse: 1 });
  expect((await version("net")).verdict).toBe("malicious");
  expect(await openAlerts()).toEqual([]);
});

it("what cannot be read keeps its verdict and waits for the next run, and the rest goes on", async () => {
  await registry.register("gone", { "model.pkl": PAYLOAD });
  await registry.register("hurt", { "model.pkl": `${PAYLOAD} ` });
  await registry.register("net", { "model.pkl": `${PAYLOAD}  ` });
  await judge("clean");
  const digest = (await version("gone")).files[0]?.digest ?? "";
  await rm(join(registry.folder, blobKey(digest)));
  const hurt = (await version("hurt")).files[0]?.digest ?? "";
  await registry.ctx.db.blob.update({ where: { digest: hurt }, data: { damagedAt: new Date() } });
  const { progress, error } = await rescan();
  expect(progress).toEqual({ versions: 1, worse: 1, better: 0 });
  expect(error).toContain("1 versions could not be read");
  expect(await version("gone")).toMatchObject({ verdict: "clean", rulesVersion: 0 });
  expect(await version("hurt")).toMatchObject({ verdict: "clean", rulesVersion: 0 });
  expect((await version("net")).verdict).toBe("malicious");
});

it("bytes that today's readers refuse are unscannable", async () => {
  await registry.register("net");
  // A GGUF file that promises more tensors than there can be: nobody could register it.
  const bad = Buffer.concat([
    Buffer.from("GGUF"),
    Buffer.from([3, 0, 0, 0]),
    Buffer.alloc(16, 0xff),
  ]);
  const [file] = await registry.stage({ "model.gguf": bad });
  if (!file) throw new Error("nothing was staged");
  await file.writer?.commit(blobKey(file.sha256));
  await registry.ctx.db.blob.create({
    data: { digest: file.sha256, sizeBytes: BigInt(bad.length), storedBytes: BigInt(bad.length) },
  });
  const { id } = await version("net");
  await registry.ctx.db.file.updateMany({
    where: { versionId: id },
    data: { path: file.path, digest: file.sha256, sizeBytes: BigInt(bad.length) },
  });
  await judge("clean");
  expect((await rescan()).progress).toMatchObject({ worse: 1 });
  const row = await version("net");
  expect(row.verdict).toBe("unscannable");
  expect(row.files[0]?.verdict).toBe("unscannable");
  expect(row.findings).toEqual([
    expect.objectContaining({ severity: "unscannable", code: "invalid_model_file" }),
  ]);
});

it("stops where it is told to without a verdict of its own, and the next run does the rest", async () => {
  for (const name of ["a", "b", "c"]) await registry.register(name, { "m.pkl": PAYLOAD + name });
  await judge("clean");
  const stop = new AbortController();
  const run = rescan({ signal: stop.signal });
  await expect
    .poll(() => registry.ctx.db.version.count({ where: { rulesVersion: RULES_VERSION } }), {
      interval: 5,
      timeout: 30_000,
    })
    .toBeGreaterThan(0);
  stop.abort(new Error("stop"));
  await run.catch(() => undefined);
  const left = await registry.ctx.db.version.findMany({ where: { rulesVersion: 0 } });
  expect(left.every(({ verdict }) => verdict === "clean")).toBe(true);
  const { progress, saved } = await rescan({ progress: { versions: 0, total_versions: 3 } });
  expect(saved[0]).toMatchObject({ versions: 3 - left.length, total_versions: 3 });
  expect(progress.versions).toBe(3);
  expect(await registry.ctx.db.version.count({ where: { verdict: "malicious" } })).toBe(3);
});
