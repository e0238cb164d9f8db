import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { detectArchive, unpackArchive } from "./unpack.ts";

const folder = mkdtempSync(join(tmpdir(), "unpack-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const caps = { maxFiles: 100, maxBytes: 100_000_000 };

async function unpack(bytes: Uint8Array, limits = caps): Promise<Record<string, string>> {
  const source = memorySource(bytes);
  const kind = await detectArchive(source);
  if (kind === null) throw new Error("not recognised");
  const files: Record<string, string> = {};
  for await (const file of unpackArchive(source, kind, limits)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.bytes) chunks.push(chunk.slice());
    files[file.path] = Buffer.concat(chunks).toString("latin1").slice(0, 1000);
  }
  return files;
}

/** A real archive by the system's own programs. */
function archive(name: string, make: (root: string) => void, command: string[]): Uint8Array {
  const root = join(folder, name);
  mkdirSync(root);
  make(root);
  const file = join(folder, `${name}.out`);
  const [program = "", ...args] = command.map((part) => part.replace("OUT", file));
  execFileSync(program, args, { cwd: root });
  return readFileSync(file);
}

/** One ustar header with a right checksum. */
function header(path: string, type: string, size: number): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(path, 0, "latin1");
  block.write("0000644\0", 100);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.fill(" ", 148, 156);
  block.write(type, 156);
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
const tarOf = (...blocks: Uint8Array[]) => Buffer.concat([...blocks, Buffer.alloc(1024)]);
const folderWith = (root: string) => {
  mkdirSync(join(root, "m/variables"), { recursive: true });
  writeFileSync(join(root, "m/saved_model.pb"), "graph");
  writeFileSync(join(root, "m/variables/variables.index"), "index");
};
const expected = { "m/saved_model.pb": "graph", "m/variables/variables.index": "index" };
const zipScript = (root: string) =>
  `import zipfile,os\nz=zipfile.ZipFile("${root}.zip","w",zipfile.ZIP_DEFLATED)\n` +
  "[z.write(os.path.join(d,f)) for d,_,fs in os.walk('.') for f in fs]\nz.close()";

describe("unpacking", () => {
  it.each([
    ["gnu", ["tar", "--format=gnu", "-cf", "OUT", "."]],
    ["ustar", ["tar", "--format=ustar", "-cf", "OUT", "m"]],
    ["pax", ["tar", "--format=pax", "-cf", "OUT", "m"]],
    ["gz", ["tar", "-czf", "OUT", "m"]],
  ])("reads what tar writes as %s", async (name, command) => {
    expect(await unpack(archive(name, folderWith, command))).toEqual(expected);
  });

  it("reads what Python's zipfile writes", async () => {
    const root = join(folder, "zip");
    mkdirSync(root);
    folderWith(root);
    execFileSync("python3", ["-c", zipScript(root)], { cwd: root });
    expect(await unpack(readFileSync(`${root}.zip`))).toEqual(expected);
  });

  it("reads names longer than a header, in both extensions", async () => {
    const long = `${"deep/".repeat(40)}file.bin`;
    const make = (root: string) => {
      mkdirSync(join(root, "deep/".repeat(40)), { recursive: true });
      writeFileSync(join(root, long), "x");
    };
    for (const format of ["gnu", "pax"]) {
      const command = ["tar", `--format=${format}`, "-cf", "OUT", "deep"];
      expect(Object.keys(await unpack(archive(`long-${format}`, make, command)))).toEqual([long]);
    }
  });

  it.each([
    ["a symbolic link", (root: string) => symlinkSync("/etc/passwd", join(root, "x"))],
    [
      "a hard link",
      (root: string) => {
        writeFileSync(join(root, "a"), "a");
        linkSync(join(root, "a"), join(root, "b"));
      },
    ],
  ])("refuses %s", async (name, make) => {
    const bytes = archive(name.replaceAll(" ", "-"), make, ["tar", "-cf", "OUT", "."]);
    await expect(unpack(bytes)).rejects.toMatchObject({ code: "unsafe_archive" });
  });

  it.each(["../x", "/etc/x", "a/../../x", "a\\..\\x", "C:\\x", "a//b", "a\u202eb"])(
    "refuses the name %j",
    async (name) => {
      const bytes = tarOf(header(Buffer.from(name).toString("latin1"), "0", 0));
      await expect(unpack(bytes)).rejects.toMatchObject({ code: "unsafe_archive" });
    },
  );

  it.each(["3", "4", "6", "K", "S"])("refuses a member of type %s", async (type) => {
    await expect(unpack(tarOf(header("x", type, 0)))).rejects.toMatchObject({
      code: "unsafe_archive",
    });
  });

  it("refuses two files with one path, by whatever case", async () => {
    const bytes = tarOf(header("README.md", "0", 0), header("readme.md", "0", 0));
    await expect(unpack(bytes)).rejects.toMatchObject({ code: "unsafe_archive" });
  });

  it("refuses 1 GiB out of 1 MB while it is being inflated", async () => {
    const zeros = Buffer.alloc(1024 ** 3 - 1024);
    const bomb = gzipSync(Buffer.concat([header("zeros", "0", zeros.length), zeros]), { level: 1 });
    const limits = { maxFiles: 10, maxBytes: 10 * 1024 ** 3 };
    await expect(unpack(bomb, limits)).rejects.toMatchObject({ code: "unsafe_archive" });
  });

  it("refuses more files than allowed", async () => {
    const headers = Array.from({ length: 101 }, (_, index) => header(`f${index}`, "0", 0));
    await expect(unpack(tarOf(...headers))).rejects.toMatchObject({ code: "unsafe_archive" });
  });

  it("refuses an archive that is cut, wherever", async () => {
    const whole = archive("cut", folderWith, ["tar", "--format=ustar", "-czf", "OUT", "m"]);
    for (let length = 20; length < whole.length - 8; length += 7) {
      const outcome = await unpack(whole.subarray(0, length)).catch((error: unknown) => error);
      expect(outcome, `cut at ${length}`).toBeInstanceOf(Error);
    }
  });

  it("never throws anything but its own errors, whatever is changed", async () => {
    const whole = archive("fuzz", folderWith, ["tar", "--format=pax", "-cf", "OUT", "m"]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const source = memorySource(bytes);
        try {
          const kind = await detectArchive(source);
          if (kind === null) return;
          for await (const file of unpackArchive(source, kind, caps))
            for await (const _ of file.bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
        }
      }),
    );
  });
});
