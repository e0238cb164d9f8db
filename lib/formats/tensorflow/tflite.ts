/** TensorFlow Lite (tensorflow/compiler/mlir/lite/schema/schema.fbs): recognised by its file identifier. */
import type { SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";

/** A FlatBuffer's identifier follows the offset of its root table. */
const IDENTIFIER_OFFSET = 4;

export function isTflite(head: Uint8Array): boolean {
  const identifier = head.subarray(IDENTIFIER_OFFSET, IDENTIFIER_OFFSET + 4);
  return Buffer.from(identifier).toString("latin1") === "TFL3";
}

export async function readTflite(file: SourceFile): Promise<FormatFacts> {
  return {
    format: "tflite",
    framework: "tensorflow",
    parameters: null,
    tensors: [],
    producer: { tflite_schema: "3" },
    signature: null,
    findings: file.source.sizeBytes < 16 ? [tooShort(file.path)] : [],
  };
}

function tooShort(file: string) {
  const detail = "The TensorFlow Lite file ends before its model";
  return { severity: "unscannable", code: "tflite_truncated", detail, file } as const;
}
