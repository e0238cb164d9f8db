import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  acceptedCuts,
  fileOf,
  refusalOf,
  survivesDamage,
} from "../../../tests/support/hostile-bytes.ts";
import { HEAD_BYTES } from "../bytes/reader.ts";
import { isHdf5, readHdf5 } from "./hdf5.ts";
import { isKeras, readKeras } from "./keras.ts";
import { kerasFindings } from "./keras-config.ts";

// Saved by Keras itself: see fixtures/make_keras_fixtures.py.
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const PLAIN = fixture("plain.keras");
const read = (bytes: Uint8Array) => readKeras(fileOf("net.keras", bytes));

test("a plain .keras file is Keras, says its version, and carries no code", async () => {
  const facts = await read(PLAIN);
  expect(facts).toMatchObject({ format: "keras-v3", framework: "keras", findings: [] });
  expect(facts.producer.keras_version).toMatch(/^3\./);
});

test("a Lambda layer is malicious in .keras and in .h5", async () => {
  const found = [{ severity: "malicious", code: "keras_lambda" }];
  expect((await read(fixture("lambda.keras"))).findings).toMatchObject(found);
  const h5 = await readHdf5(fileOf("net.h5", fixture("lambda.h5")));
  expect(h5).toMatchObject({ format: "hdf5", framework: "keras", findings: found });
});

test("a plain .h5 file is Keras without findings; HDF5 of others is not Keras", async () => {
  const facts = await readHdf5(fileOf("net.h5", fixture("plain.h5")));
  expect(facts).toMatchObject({ framework: "keras", findings: [] });
  const other = Buffer.concat([Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), Buffer.alloc(100)]);
  expect(await readHdf5(fileOf("data.h5", other))).toMatchObject({ framework: "other" });
});

test("a Lambda that lies across two reads of a large HDF5 file is found", async () => {
  const bytes = new Uint8Array(9 * 1024 * 1024);
  bytes.set(fixture("plain.h5"));
  bytes.set(Buffer.from('"Lambda"'), 4 * 1024 * 1024 - 3);
  expect((await readHdf5(fileOf("x.h5", bytes))).findings).toMatchObject([
    { code: "keras_lambda" },
  ]);
});

test("letters spelled as escapes in HDF5 are suspicious", async () => {
  const text = '{"class_name": "\\u004cambda"}';
  const bytes = Buffer.concat([fixture("plain.h5"), Buffer.from(text)]);
  const { findings } = await readHdf5(fileOf("x.h5", bytes));
  expect(findings).toMatchObject([{ code: "keras_lambda" }, { code: "keras_hidden_text" }]);
});

describe("the configuration", () => {
  const judge = (object: unknown) =>
    kerasFindings(JSON.stringify({ config: { layers: [object] } }), "config.json").map(
      ({ severity }) => severity,
    );
  const cases: [string, unknown, string[]][] = [
    ["a layer of Keras", { module: "keras.layers", class_name: "Dense", config: {} }, []],
    [
      "a function of Keras' tables",
      { module: "builtins", class_name: "function", config: "relu" },
      [],
    ],
    [
      "a Lambda inside a wrapper",
      {
        module: "keras.layers",
        class_name: "TimeDistributed",
        config: { layer: { class_name: "Lambda" } },
      },
      ["malicious"],
    ],
    ["bytecode", { class_name: "__lambda__", config: { code: "4wEA" } }, ["malicious"]],
    ["a module of the system", { module: "os", class_name: "system", config: {} }, ["malicious"]],
    [
      "subprocess",
      { module: "subprocess", class_name: "function", config: "Popen" },
      ["malicious"],
    ],
    [
      "a builtin that runs code",
      { module: "builtins", class_name: "eval", config: {} },
      ["malicious"],
    ],
    [
      "a builtin that runs code, as a function",
      { module: "builtins", class_name: "function", config: "eval", registered_name: "function" },
      ["malicious"],
    ],
    [
      "a vocabulary that it names",
      {
        module: "keras.layers",
        class_name: "StringLookup",
        config: { vocabulary: "/etc/passwd" },
      },
      ["suspicious"],
    ],
    [
      "a vocabulary that it brings",
      { module: "keras.layers", class_name: "StringLookup", config: { vocabulary: ["a"] } },
      [],
    ],
    [
      "keras.utils.get_file",
      { module: "keras.utils", class_name: "function", config: "get_file" },
      ["malicious"],
    ],
    [
      "enable_unsafe_deserialization",
      { module: "keras.config", class_name: "function", config: "enable_unsafe_deserialization" },
      ["malicious"],
    ],
    [
      "a module of somebody's",
      { module: "acme.layers", class_name: "Magic", config: {} },
      ["suspicious"],
    ],
    [
      "a module that begins like Keras",
      { module: "keras_evil", class_name: "X", config: {} },
      ["suspicious"],
    ],
    [
      "a registered custom class",
      { module: null, class_name: "Magic", registered_name: "acme>Magic" },
      ["suspicious"],
    ],
  ];
  test.each(cases)("with %s", (_, object, severities) => {
    expect(judge(object)).toEqual(severities);
  });

  test("that is no JSON, or has a key twice, is unscannable", () => {
    for (const text of ["{", '{"class_name":"Dense","class_name":"Lambda"}', "[".repeat(100_000)]) {
      expect(kerasFindings(text, "config.json")).toMatchObject([{ severity: "unscannable" }]);
    }
  });

  test("spelled in escapes is read as JSON reads it", () => {
    const text = '{"\\u0063lass_name": "\\u004cambda"}';
    expect(kerasFindings(text, "config.json")).toMatchObject([{ code: "keras_lambda" }]);
  });
});

test("a .keras file cut anywhere is refused or no longer taken for one", async () => {
  const accepted = await acceptedCuts(PLAIN.subarray(PLAIN.length - 400), read);
  expect(accepted).toEqual([]);
  const cut = fileOf("net.keras", PLAIN.subarray(0, PLAIN.length - 1));
  expect(await isKeras(PLAIN.subarray(0, HEAD_BYTES), cut.source)).toBe(false);
  expect(await refusalOf(() => readKeras(cut))).toMatch(/^invalid_model_file/);
});

test("random damage leads to facts or to a clear refusal", async () => {
  await survivesDamage(PLAIN, read, 100);
  await survivesDamage(fixture("plain.h5"), (bytes) => readHdf5(fileOf("x.h5", bytes)), 50);
});

test("all are told by their bytes", async () => {
  expect(await isKeras(PLAIN.subarray(0, HEAD_BYTES), fileOf("x", PLAIN).source)).toBe(true);
  const torch = fixture("state_dict.pth");
  expect(await isKeras(torch.subarray(0, HEAD_BYTES), fileOf("x.keras", torch).source)).toBe(false);
  expect(isHdf5(fixture("plain.h5"))).toBe(true);
  expect(isHdf5(Buffer.concat([Buffer.alloc(512), fixture("plain.h5")]))).toBe(true);
  expect(isHdf5(PLAIN)).toBe(false);
});
