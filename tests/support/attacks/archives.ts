/** Archives: PyTorch's zip, everything compressed, tar. */

import { deflateSync, gzipSync } from "node:zlib";
import { type ZipMember, zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { type AttackRow, attack, latin1, MALICIOUS, NOT_CLEAN, REFUSED } from "./attack.ts";
import { CALL_BZ2, CALL_XZ, sevenZipOf } from "./packed.ts";
import { CALL, CALL2, pickleCalling } from "./pickles.ts";

const PAYLOAD = latin1(CALL2);
const EMPTY = latin1("\x80\x02}.");
const torch = (members: readonly ZipMember[]) =>
  zipOf([{ name: "archive/version", bytes: latin1("3\n") }, ...members]);
const data = (more: Partial<ZipMember> = {}): ZipMember => ({
  name: "archive/data.pkl",
  bytes: PAYLOAD,
  ...more,
});

export type TarEntry = { name: string; content?: Uint8Array; type?: string; link?: string };

/** POSIX ustar, with whatever names and types are asked for. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.map(({ name, content = new Uint8Array(0), type = "0", link = "" }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, "latin1");
    header.write("0000644\0", 100);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157, 100, "latin1");
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** NumPy's format, version 1. */
export function npyOf(descr: string, content: Uint8Array): Buffer {
  const header = latin1(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }\n`);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([latin1("\x93NUMPY\x01\0"), length, header, content]);
}

const nested = (depth: number) => {
  let bytes: Buffer = PAYLOAD;
  for (let at = 0; at < depth; at += 1) bytes = zipOf([{ name: `inner${at}.zip`, bytes }]);
  return bytes;
};

export const ARCHIVES: readonly AttackRow[] = [
  {
    row: "PyTorch zip: pickle under any member name; local header name different from the central directory; encryption flag set; bad CRC; unknown compression method; password",
    attacks: [
      attack("data.pkl", "model.pt", torch([data()]), MALICIOUS),
      ...[
        "archive/data/0",
        "archive/readme",
        "x/y/z.txt",
        "data.pkl",
        "archive/.data/serialization_id",
      ].map((name) =>
        attack(
          `a payload as ${name}`,
          "model.pt",
          torch([
            { name: "archive/data.pkl", bytes: EMPTY },
            { name, bytes: PAYLOAD },
          ]),
          MALICIOUS,
        ),
      ),
      attack("two names", "model.pt", torch([data({ localName: "archive/DATA.pkl" })]), REFUSED),
      attack("an encryption flag", "model.pt", torch([data({ flags: 1 })]), REFUSED),
      attack("strong encryption", "model.pt", torch([data({ flags: 0x41 })]), REFUSED),
      attack("a wrong checksum", "model.pt", torch([data({ crc: 1 })]), REFUSED),
      attack("an unknown method", "model.pt", torch([data({ method: 99 })]), REFUSED),
      attack(
        "behind a text",
        "model.pt",
        Buffer.concat([latin1("hello\n"), torch([data()])]),
        MALICIOUS,
      ),
    ],
  },
  {
    row: "gzip, zlib, bz2, xz and nested archives (depth and size caps); 7z",
    attacks: [
      attack("gzip", "model.pkl.gz", gzipSync(CALL), MALICIOUS),
      attack("gzip twice", "model.bin", gzipSync(gzipSync(CALL)), MALICIOUS),
      attack("zlib", "model.joblib", deflateSync(CALL), MALICIOUS),
      attack("bz2", "model.bz2", CALL_BZ2, MALICIOUS),
      attack("xz", "model.xz", CALL_XZ, MALICIOUS),
      attack(
        "a tar in gzip",
        "model.tgz",
        gzipSync(tarOf([{ name: "a.pkl", content: PAYLOAD }])),
        MALICIOUS,
      ),
      attack("a zip in a zip", "model.zip", nested(2), MALICIOUS),
      attack("six zips", "model.zip", nested(6), REFUSED),
      attack(
        "200 MB of zeros in 200 bytes",
        "model.gz",
        gzipSync(gzipSync(Buffer.alloc(200_000_000))),
        REFUSED,
      ),
      attack("a cut gzip", "model.gz", gzipSync(CALL).subarray(0, 20), REFUSED),
      attack("7z", "model.7z", sevenZipOf(latin1(CALL)), REFUSED),
      attack("7z as .bin", "model.bin", sevenZipOf(latin1(CALL)), REFUSED),
      attack("rar", "model.rar", latin1("Rar!\x1a\x07\x01\0 and more"), REFUSED),
    ],
  },
  {
    row: "NumPy object arrays (.npy, .npz, renamed); TorchScript constants.pkl; .nemo, .mar",
    attacks: [
      attack("an object array", "a.npy", npyOf("|O", latin1(CALL)), MALICIOUS),
      attack("an object array as .bin", "a.bin", npyOf("|O", PAYLOAD), MALICIOUS),
      attack(
        "an object array in .npz",
        "a.npz",
        zipOf([{ name: "a.npy", bytes: npyOf("|O", PAYLOAD), isDeflated: true }]),
        MALICIOUS,
      ),
      attack(
        "an object array without a payload",
        "a.npy",
        npyOf("|O", latin1("\x80\x02].")),
        NOT_CLEAN,
      ),
      attack(
        "constants.pkl of TorchScript",
        "model.pt",
        zipOf([
          { name: "m/data.pkl", bytes: EMPTY },
          { name: "m/constants.pkl", bytes: PAYLOAD },
          { name: "m/code/__torch__.py", bytes: latin1("class M(Module):\n  pass\n") },
        ]),
        MALICIOUS,
      ),
      ...[false, true].map((isGzip) => {
        const tar = tarOf([
          {
            name: "./model_config.yaml",
            content: latin1("target: nemo.collections.asr.models.EncDecCTCModel\n"),
          },
          { name: "./model_weights.ckpt", content: torch([data()]) },
        ]);
        return attack(
          isGzip ? "a compressed .nemo" : "a .nemo",
          "model.nemo",
          isGzip ? gzipSync(tar) : tar,
          MALICIOUS,
        );
      }),
      attack(
        "a .nemo whose configuration calls os.system",
        "model.nemo",
        tarOf([
          {
            name: "model_config.yaml",
            content: latin1("a: {_target_: os.system, command: 'true'}\n"),
          },
        ]),
        NOT_CLEAN,
      ),
      attack(
        "the weights of a .mar",
        "model.mar",
        zipOf([
          { name: "MAR-INF/MANIFEST.json", bytes: latin1('{"runtime": "python"}') },
          { name: "model.pt", bytes: torch([data()]), isDeflated: true },
        ]),
        MALICIOUS,
      ),
      attack(
        "the handler of a .mar",
        "model.mar",
        zipOf([
          { name: "MAR-INF/MANIFEST.json", bytes: latin1('{"model": {"handler": "handler.py"}}') },
          { name: "handler.py", bytes: latin1("import os\nos.system('true')\n") },
        ]),
        NOT_CLEAN,
      ),
    ],
  },
  {
    row: "tar/zip with .., absolute names, symlink-then-write, hard links, devices",
    attacks: [
      attack("tar: ..", "m.tar", tarOf([{ name: "../a", content: latin1("a") }]), REFUSED),
      attack(
        "tar: an absolute name",
        "m.tar",
        tarOf([{ name: "/etc/a", content: latin1("a") }]),
        REFUSED,
      ),
      attack(
        "tar: a link, then a file behind it",
        "m.tar",
        tarOf([
          { name: "l", type: "2", link: "/etc" },
          { name: "l/a", content: latin1("a") },
        ]),
        REFUSED,
      ),
      attack(
        "tar: a hard link",
        "m.tar",
        tarOf([{ name: "h", type: "1", link: "/etc/passwd" }]),
        REFUSED,
      ),
      attack("tar: a device", "m.tar", tarOf([{ name: "d", type: "3" }]), REFUSED),
      attack("zip: ..", "m.zip", zipOf([{ name: "../a", bytes: latin1("a") }]), REFUSED),
      attack(
        "zip: an absolute name",
        "m.zip",
        zipOf([{ name: "/etc/a", bytes: latin1("a") }]),
        REFUSED,
      ),
      attack(
        "a pickle of protocol 4 in a tar",
        "m.tar",
        tarOf([{ name: "a", content: latin1(pickleCalling("os.system", "REDUCE", 4)) }]),
        MALICIOUS,
      ),
    ],
  },
];
