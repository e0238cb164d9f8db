import { describe, expect, it } from "vitest";
import type { SourceFile } from "./contract.ts";
import { parseMlmodel, readMlmodel } from "./mlmodel.ts";

const MLMODEL = `
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn:
    code: null
    pickled_model: model.skops
    serialization_format: skops
    sklearn_version: 1.9.1
mlflow_version: 3.17.2
model_id: m-14cfb42502b74801a2541d20a97d61c1
signature:
  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 4]}}]'
  outputs: '[{"type": "double", "name": "score", "required": true}]'
  params: null
`;
const NOTHING = { producer: {}, signature: null, framework: null };

function file(path: string, text: string | Uint8Array): SourceFile {
  const bytes = new Uint8Array(Buffer.from(text));
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return { path, source: { sizeBytes: bytes.length, read } };
}

describe("an MLmodel file", () => {
  it("tells of flavours, versions, signature and requirements", async () => {
    const requirements =
      "mlflow==3.17.2\n# a note\nscikit-learn==1.9.1  # pinned\n--index-url https://me:secret@host/\nx @ https://a/b\n";
    const facts = await readMlmodel([
      file("MLmodel", MLMODEL),
      file("requirements.txt", requirements),
    ]);
    expect(facts).toEqual({
      framework: "sklearn",
      producer: {
        "mlflow.flavors": "python_function, sklearn",
        "mlflow.version": "3.17.2",
        "mlflow.model_id": "m-14cfb42502b74801a2541d20a97d61c1",
        "mlflow.loader_module": "mlflow.sklearn",
        "mlflow.python_version": "3.11.7",
        "mlflow.sklearn_version": "1.9.1",
        "mlflow.sklearn.serialization_format": "skops",
        "mlflow.requirements": "mlflow==3.17.2, scikit-learn==1.9.1",
      },
      signature: {
        inputs: [{ name: "0", dtype: "float64", shape: [null, 4] }],
        outputs: [{ name: "score", dtype: "double", shape: [] }],
      },
    });
  });

  it("is looked for at the top alone", async () => {
    expect(await readMlmodel([file("model/MLmodel", MLMODEL)])).toEqual(NOTHING);
  });

  it.each([
    ["no YAML", "flavors: [unclosed"],
    ["a list", "- a\n- b"],
    ["nothing", ""],
    ["no flavours", "mlflow_version: 3"],
    ["flavours that are a text", "flavors: sklearn"],
    ["a billion laughs", `a: &a [x,x]\nb: &b [*a,*a]\nflavors: {x: *b}`],
    ["a deep one", `flavors: ${"[".repeat(50_000)}`],
    ["a tag of Python", "flavors: !!python/object/apply:os.system ['true']"],
    ["bytes", "\u0000\u0001\u0002"],
  ])("that has %s says nothing", (_what, text) => {
    expect(parseMlmodel(text)).toEqual(NOTHING);
  });

  it.each([
    ["no JSON", "'no json'"],
    ["another type", "'{\"a\": 1}'"],
    ["deep JSON", `'${"[".repeat(1000)}'`],
    ["items of no kind", "'[1, null, \"x\", []]'"],
    ["a map", "{a: b}"],
  ])("whose signature is %s has none", (_what, inputs) => {
    expect(
      parseMlmodel(`flavors: {sklearn: {}}\nsignature:\n  inputs: ${inputs}\n`).signature,
    ).toBeNull();
  });

  it("is cut where it is long", async () => {
    const many = Array.from(
      { length: 5000 },
      (_, index) => `{"type": "double", "name": "c${index}"}`,
    );
    const flavors = Array.from({ length: 500 }, (_, index) => `  f${index}: {}`).join("\n");
    const facts = parseMlmodel(
      `flavors:\n${flavors}\nsignature:\n  inputs: '[${many.join(", ")}]'\n`,
    );
    expect(facts.signature?.inputs).toHaveLength(1000);
    expect(facts.producer["mlflow.flavors"]?.split(", ")).toHaveLength(50);
    expect(await readMlmodel([file("MLmodel", MLMODEL + " ".repeat(3_000_000))])).toEqual(NOTHING);
    expect(await readMlmodel([file("MLmodel", new Uint8Array([0xff, 0xfe, 0x00]))])).toEqual(
      NOTHING,
    );
  });

  it("has control characters written out", () => {
    const { producer } = parseMlmodel('flavors: {"a\\u202eb": {}}\nmlflow_version: "3\\u0007"\n');
    expect(producer).toEqual({
      "mlflow.flavors": "a\\u202eb",
      "mlflow.version": "3\\u0007",
    });
  });
});
