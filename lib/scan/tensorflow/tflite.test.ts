/** TensorFlow's operators in a model of TensorFlow Lite: its delegate runs them as TensorFlow would. */
import { readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { fileOf } from "../../../tests/support/hostile-bytes.ts";
import { scanFile } from "../scan-file.ts";

const model = readFileSync(
  new URL("../../formats/fixtures/tflite/read_file.tflite", import.meta.url),
);

/** The same model with another operator, whose name is as long. */
function withOperator(name: string): Uint8Array {
  const bytes = Buffer.from(model);
  bytes.write(name, bytes.indexOf("FlexReadFile"));
  return bytes;
}

it.each([
  ["FlexReadFile", "malicious", "tensorflow_operator"],
  ["FlexUnheard1", "suspicious", "tensorflow_unknown_operator"],
])("%s is %s", async (operator, verdict, code) => {
  const found = await scanFile(fileOf("m.tflite", withOperator(operator)), "tflite");
  expect(found.verdict).toBe(verdict);
  expect(found.findings).toMatchObject([{ code }]);
});

test("one that only computes is clean", async () => {
  const { verdict } = await scanFile(fileOf("m.tflite", withOperator("FlexIdentity")), "tflite");
  expect(verdict).toBe("clean");
});
