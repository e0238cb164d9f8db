import { describe, expect, it } from "vitest";
import { guessFramework, guessFromHead } from "./guess-framework.ts";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function safetensorsHead(json: string): Uint8Array {
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(bytes(json), 8);
  return head;
}

describe("guessFromHead", () => {
  it.each([
    ["m.pth", bytes("PK\x03\x04xxxxarchive/data.pkl"), "pytorch"],
    ["m.zip", bytes("PK\x03\x04xxxxm/saved_model.pb"), "tensorflow"],
    ["m.keras", bytes("PK\x03\x04xxxxmetadata.json"), "keras"],
    ["m.zip", bytes("PK\x03\x04xxxxholiday.jpg"), null],
    ["m.bin", bytes("\x80\x02\x8a\x0al\xfc\x9c"), "pytorch"],
    ["m.pkl", bytes("\x80\x04\x95"), null],
    ["m.h5", bytes("\x89HDF\r\n\x1a\n"), "keras"],
    ["m.gguf", bytes("GGUF\x03"), "gguf"],
    ["m.tflite", bytes("\x1c\0\0\0TFL3"), "tensorflow"],
    ["m.onnx", bytes("\x08\x08\x12\x07pytorch"), "onnx"],
    ["m.onnx", bytes("hello"), null],
    ["m.pth", bytes("hello"), null],
    ["m.safetensors", safetensorsHead('{"__metadata__":{"format":"pt"}}'), "pytorch"],
    ["m.safetensors", safetensorsHead('{"w":{"dtype":"F32"}}'), "safetensors"],
    ["m.json", bytes('        {"a":1}'), null],
    ["empty.bin", new Uint8Array(), null],
  ])("takes %s for what its bytes say (case %#)", (path, head, expected) => {
    expect(guessFromHead(path, head)).toBe(expected);
  });
});

describe("guessFramework", () => {
  it("knows a SavedModel folder by its name, and looks at the main file of others", async () => {
    const chosen = (path: string, content: string) => ({ path, file: new File([content], "f") });
    expect(await guessFramework([chosen("a", "x"), chosen("saved_model.pb", "x")])).toBe(
      "tensorflow",
    );
    expect(await guessFramework([chosen("a.txt", "GGUF"), chosen("m.gguf", "GGUF")])).toBe("gguf");
    expect(await guessFramework([chosen("a.txt", "x"), chosen("b.txt", "x")])).toBeNull();
  });
});
