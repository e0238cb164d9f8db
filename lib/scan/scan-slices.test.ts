import { describe, expect, test } from "vitest";
import type { SourceFile } from "#lib/formats/contract.ts";
import { unzippedFixture } from "#lib/formats/fixtures/unzipped.ts";
import { inspectFiles } from "#lib/formats/inspect/inspect.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { scanFile } from "./scan-file.ts";
import { scanSlices } from "./scan-slices.ts";

const FILES = await unzippedFixture("readers/distributed.zip");
const data = FILES.find(({ path }) => path.endsWith(".distcp")) as SourceFile;
const bytes = Buffer.from(await data.source.read(0, data.source.sizeBytes));
/** `os.system("id")` */
const PAYLOAD = Buffer.from("cos\nsystem\n(S'id'\ntR.");

test("a distributed checkpoint is looked into piece by piece, and is clean", async () => {
  for (const { file, format, slices } of (await inspectFiles(FILES)).files) {
    const scan = slices ? scanSlices(file, slices) : scanFile(file, format);
    expect(await scan, file.path).toMatchObject({ verdict: "clean" });
  }
});

describe("a piece", () => {
  const whole = { offset: 0, length: bytes.length };
  const end = { offset: bytes.length, length: PAYLOAD.length };
  const hostile = fileOf("x.distcp", Buffer.concat([bytes, PAYLOAD]));

  test("with a payload is malicious", async () => {
    const slices = [{ offset: 0, length: 1261 }, { offset: 1261, length: 1577 }, end];
    const all = [...slices, { offset: 2838, length: bytes.length - 2838 }];
    expect((await scanSlices(hostile, all)).verdict).toBe("malicious");
  });

  test.each([
    ["a gap", [{ offset: 0, length: 1261 }, end]],
    ["an overlap", [whole, { offset: 10, length: hostile.source.sizeBytes - 10 }]],
    ["nothing to its end", [{ offset: 0, length: 1261 }]],
    ["nothing at all", []],
  ])("is not let through with %s", async (_, slices) => {
    const { verdict, findings } = await scanSlices(hostile, slices);
    expect(["unscannable", "malicious"]).toContain(verdict);
    expect(findings).toContainEqual(expect.objectContaining({ code: "unexplained_bytes" }));
  });
});
