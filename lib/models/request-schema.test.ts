import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isRegistryError } from "#lib/errors.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { listModelsQuery, registerJsonBody, setStageBody } from "./request-schema.ts";

function refusalOf(schema: z.ZodType, value: unknown) {
  try {
    readInput(schema, value, "body");
  } catch (error) {
    if (isRegistryError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
const problems = (schema: z.ZodType, value: unknown) =>
  refusalOf(schema, value).problems.map(({ pointer, detail }) => `${pointer} ${detail}`);

const DIGEST = `sha256:${"0".repeat(64)}`;
const file = { path: "m.bin", digest: DIGEST };

const tensor = (fields: object = {}) => ({ name: "x", dtype: "F32", shape: [null, 4], ...fields });
const signed = (signature: unknown) => ({ name: "m", files: [file], signature });
const DIMENSION = "must be a whole number, or for an open dimension a name or null";
const inputs = (...tensors: unknown[]) => signed({ inputs: tensors, outputs: [] });

describe("a signature that a client gives", () => {
  it.each([
    inputs(tensor()),
    inputs(tensor({ shape: null })),
    inputs(tensor({ shape: [] })),
    inputs(tensor({ shape: ["batch", 3, null, 0] })),
    signed({ inputs: [tensor()], outputs: [tensor()] }),
  ])("is taken (%#)", (body) => {
    expect(readInput(registerJsonBody, body, "body").signature).toEqual(body.signature);
  });

  it.each<[unknown, string]>([
    [signed([]), "/signature must be an object"],
    [signed({ inputs: [] }), "/signature/outputs is required"],
    [signed({ inputs: [], outputs: [] }), "/signature Name an input or output."],
    [signed({ inputs: {}, outputs: [] }), "/signature/inputs must be a list"],
    [inputs("x"), "/signature/inputs/0 must be an object"],
    [inputs(tensor({ name: " " })), "/signature/inputs/0/name must have at least 1 character"],
    [inputs(tensor({ dtype: 5 })), "/signature/inputs/0/dtype must be a string"],
    [inputs(tensor({ extra: 1 })), "/signature/inputs/0/extra is not known here"],
    [inputs({ name: "x", dtype: "F32" }), "/signature/inputs/0/shape is required"],
    [inputs(tensor(), tensor()), "/signature/inputs Two of these have the same name."],
    [
      inputs(tensor({ shape: Array(65).fill(1) })),
      "/signature/inputs/0/shape must have at most 64 items",
    ],
    ...(
      [
        [-1, "must be at least 0"],
        [1.5, DIMENSION],
        [2 ** 60, "must be at most 9007199254740991"],
        [true, DIMENSION],
        [{}, DIMENSION],
        ["", "must have at least 1 character"],
        ["x".repeat(129), "must have at most 128 characters"],
      ] as const
    ).map(([size, problem]): [unknown, string] => [
      inputs(tensor({ shape: [size] })),
      `/signature/inputs/0/shape/0 ${problem}`,
    ]),
    [
      inputs(...Array.from({ length: 1001 }, (_, at) => tensor({ name: `${at}` }))),
      "/signature/inputs must have at most 1000 items",
    ],
    [
      inputs(
        ...Array.from({ length: 1000 }, (_, at) =>
          tensor({ name: `${at}`, shape: Array(64).fill("open dimension") }),
        ),
      ),
      "/signature The signature is over 256 KiB.",
    ],
  ])("is refused in plain words (%#)", (body, problem) => {
    expect(problems(registerJsonBody, body)).toEqual([problem]);
  });
});

describe("what is wrong with an input", () => {
  it.each<[z.ZodType, unknown, string[]]>([
    [registerJsonBody, {}, ["/name is required", "/files is required"]],
    [setStageBody, {}, ["/stage is required"]],
    [setStageBody, { stage: 5 }, ["/stage must be one of none, staging, production, archived"]],
    [registerJsonBody, { name: 5, files: [file] }, ["/name must be a string"]],
    [registerJsonBody, { name: null, files: [file] }, ["/name must be a string"]],
    [registerJsonBody, { name: "m", files: {} }, ["/files must be a list"]],
    [registerJsonBody, { name: "m", files: [] }, ["/files must have at least 1 item"]],
    [registerJsonBody, { name: "m", files: [file], tags: [] }, ["/tags must be an object"]],
    [registerJsonBody, { name: "m", files: [file], tags: { a: 1 } }, ["/tags/a must be a string"]],
    [registerJsonBody, { name: "m", files: [file], "a/b": 1 }, ["/a~1b is not known here"]],
    [registerJsonBody, { name: "m", files: [{ digest: DIGEST }] }, ["/files/0/path is required"]],
    [
      registerJsonBody,
      { name: "m", files: [{ path: "x" }] },
      ["/files/0 needs digest or upload_id"],
    ],
    [
      registerJsonBody,
      { name: "m", files: [{ path: "x", upload_id: "1" }] },
      ["/files/0/upload_id must be a UUID"],
    ],
    [registerJsonBody, [], [" must be an object"]],
    [registerJsonBody, undefined, [" is required"]],
    [setStageBody, { stage: "none", accept_risk: "x" }, ["/accept_risk must be true or false"]],
    [listModelsQuery, { limit: "0" }, ["/limit must be at least 1"]],
    [listModelsQuery, { limit: "201" }, ["/limit must be at most 200"]],
    [registerJsonBody, { name: ["m"], files: [file] }, ["/name must be a string"]],
    [listModelsQuery, { query: "x".repeat(201) }, ["/query must have at most 200 characters"]],
  ])("is said in plain words (%#)", (schema, value, expected) => {
    expect(problems(schema, value)).toEqual(expected);
  });

  it("is summed up with the first field", () => {
    const refusal = refusalOf(registerJsonBody, { files: [file] });
    expect(refusal.code).toBe("invalid_name");
    expect(refusal.detail).toBe("name is required.");
  });

  it("names a parameter that is given twice", () => {
    expect(() => readInput(listModelsQuery, { owner: ["a", "b"] }, "query")).toThrow(
      "owner must be given once.",
    );
  });

  it("keeps the words of a schema's own messages", () => {
    const schema = z.object({ a: z.string().regex(/x/, "Use x.") });
    expect(problems(schema, { a: "y" })).toEqual(["/a Use x."]);
  });

  it.each(["0x10", "1e1", " 5", "5 ", "+5", "-1", "05", "5.0", "", "٥", "1_0", "9".repeat(30)])(
    "a whole number of a query is written in plain digits, not %j",
    (limit) => {
      expect(problems(listModelsQuery, { limit })).toHaveLength(1);
      expect(problems(listModelsQuery, { min_parameters: limit })).toHaveLength(1);
    },
  );

  it("takes a whole number of a query", () => {
    expect(readInput(listModelsQuery, { limit: "7", min_parameters: "0" }, "query")).toMatchObject({
      limit: 7,
      min_parameters: 0,
    });
  });
});
