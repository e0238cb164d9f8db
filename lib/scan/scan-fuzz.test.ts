import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { scanFile } from "./scan-file.ts";

const verdict = async (bytes: Uint8Array) =>
  (await scanFile({ path: "model.bin", source: memorySource(bytes) }, "unknown")).verdict;
const fixture = (name: string) =>
  readFileSync(new URL(`../formats/fixtures/${name}`, import.meta.url));

const PAYLOADS = [
  "cos\nsystem\n(S'true'\ntR",
  "(S'true'\nios\nsystem\n",
  "\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85R",
  "\x80\x02cposix\nsystem\nq\x00U\x04trueq\x01\x85q\x02Rq\x03",
].map((text) => Buffer.from(text, "latin1"));

describe("whatever surrounds a payload", () => {
  it("what follows it never makes it anything but malicious", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PAYLOADS),
        fc.uint8Array({ maxLength: 200 }),
        async (payload, rest) => {
          expect(await verdict(Buffer.concat([payload, rest]))).toBe("malicious");
        },
      ),
      { numRuns: 500 },
    );
  });

  it("plain values before it never make it anything but malicious", async () => {
    const values = [
      "N0",
      "K\x05",
      "]",
      "}",
      ")",
      "I01\n",
      "U\x02ab",
      "(",
      "X\x01\x00\x00\x00\xff",
      "q\x00",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PAYLOADS),
        fc.array(fc.constantFrom(...values), { maxLength: 20 }),
        async (payload, before) => {
          const bytes = Buffer.concat([Buffer.from(`N${before.join("")}`, "latin1"), payload]);
          expect(await verdict(bytes)).toBe("malicious");
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("whatever is changed in a real file", () => {
  it.each(["state_dict.pth", "legacy.pt", "scripted.pt", "sklearn.joblib", "arrays.npz"])(
    "%s gets a verdict and never an exception",
    async (name) => {
      const whole = fixture(name);
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          expect(await verdict(bytes)).not.toBe("pending");
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  it("random bytes that are no text are never clean", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 40, maxLength: 400 }), async (bytes) => {
        // A byte that no UTF-8 text has.
        expect(await verdict(Buffer.concat([Buffer.from([0xfe, 0xff]), bytes]))).not.toBe("clean");
      }),
    );
  });

  it("a storage of any bytes leaves a checkpoint clean", async () => {
    const pickle = Buffer.from("\x80\x02}.", "latin1");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const members = [
          { name: "m/data.pkl", bytes: pickle },
          { name: "m/data/0", bytes },
        ];
        expect(await verdict(zipOf(members))).toBe("clean");
      }),
    );
  });
});
