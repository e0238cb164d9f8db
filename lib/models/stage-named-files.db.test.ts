import { expect, it } from "vitest";
import { completeUpload } from "#lib/uploads/resumable/complete-upload.ts";
import { createUpload } from "#lib/uploads/resumable/create-upload.ts";
import { putPart } from "#lib/uploads/resumable/put-part.ts";
import { CONFINED, OPEN, userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { PAYLOAD } from "../../tests/support/verdict-files.ts";
import { type NamedFile, stageNamedFiles } from "./stage-named-files.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const UNKNOWN_ID = "01234567-89ab-4cde-8f01-23456789abcd";
const NOBODYS = `sha256:${"0".repeat(64)}`;
const stage = (files: NamedFile[], actor = OPEN) => stageNamedFiles(registry.ctxFor(actor), files);

/** The digest of a file that a version of the model has. */
async function stored(name: string, text: string): Promise<string> {
  const { version } = await registry.register(name, { "notes.txt": text });
  return version.files[0]?.digest ?? "";
}
async function uploaded(text: string, { isComplete = true, actor = OPEN } = {}): Promise<string> {
  const ctx = registry.ctxFor(actor);
  const upload = await createUpload(ctx, { size_bytes: Buffer.byteLength(text) });
  if ("stored" in upload) throw new Error("nobody has these bytes");
  async function* body() {
    yield Buffer.from(text);
  }
  await putPart(ctx, { id: upload.id, part: 0, headers: {}, body: body() });
  if (isComplete) await completeUpload(ctx, upload.id);
  return upload.id;
}

it("gives stored bytes and uploaded ones, in the order of the files", async () => {
  const digest = await stored("both", "stored");
  const staged = await stage([
    { path: "z.txt", upload_id: await uploaded("uploaded") },
    { path: "folder/a.txt", digest },
  ]);
  const sha256 = digest.slice("sha256:".length);
  expect(staged).toMatchObject([
    { path: "z.txt", sizeBytes: 8, writer: null },
    { path: "folder/a.txt", sha256, sizeBytes: 6, writer: null },
  ]);
});

it("gives the same bytes under two paths", async () => {
  const digest = await stored("twice", "twice");
  expect(await stage(["a", "b"].map((path) => ({ path, digest })))).toHaveLength(2);
});

it("refuses a path that is not safe, and two paths that differ by case alone", async () => {
  const digest = await stored("paths", "paths");
  const refused = (...paths: string[]) =>
    expect(stage(paths.map((path) => ({ path, digest })))).rejects.toMatchObject({
      code: "invalid_path",
    });
  await refused("../a");
  await refused("/a");
  await refused("a.txt", "A.TXT");
});

it("finds no bytes that nobody has, or that no live version has any more", async () => {
  const digest = await stored("gone", "gone");
  await trashVersion(registry.ctx, { name: "gone", ref: "1.0.0" });
  for (const asked of [NOBODYS, digest])
    await expect(stage([{ path: "a", digest: asked }])).rejects.toMatchObject({
      code: "blob_not_found",
      problems: [{ pointer: "/files" }],
    });
});

it("finds no bytes of a version that the actor may not see", async () => {
  const digest = await stored("theirs", "theirs alone");
  await expect(stage([{ path: "a", digest }], CONFINED)).rejects.toMatchObject({
    code: "blob_not_found",
  });
  await stored("mine-1", "theirs alone");
  expect(await stage([{ path: "a", digest }], CONFINED)).toHaveLength(1);
});

it("finds no bytes that every version withholds", async () => {
  const digest = await stored("bad", PAYLOAD);
  await expect(stage([{ path: "a", digest }])).rejects.toMatchObject({ code: "blob_not_found" });
});

it("finds the actor's own complete uploads only", async () => {
  const of = (upload_id: string, actor = OPEN) => stage([{ path: "a", upload_id }], actor);
  const notFound = { code: "upload_not_found" };
  await expect(of(UNKNOWN_ID)).rejects.toMatchObject(notFound);
  await expect(of(await uploaded("half", { isComplete: false }))).rejects.toMatchObject({
    code: "upload_incomplete",
  });
  const ana = userActor("ana");
  const hers = await uploaded("hers", { actor: ana });
  await expect(of(hers)).rejects.toMatchObject(notFound);
  expect(await of(hers, ana)).toMatchObject([{ sizeBytes: 4 }]);
});
