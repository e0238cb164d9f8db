import { BinaryWriter } from "@bufbuild/protobuf/wire";

/** Name, and sizes of which a text is a dimension that callers choose. */
export type OnnxValue = { name: string; shape: readonly (number | string)[] };

/** A model that passes its first input on, with the signature that is given: all of it is float32. */
export function onnxModel(
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
): Uint8Array<ArrayBuffer> {
  const message = (write: (writer: BinaryWriter) => void) => {
    const writer = new BinaryWriter();
    write(writer);
    return writer.finish();
  };
  const valueInfo = ({ name, shape }: OnnxValue) => {
    const dimensions = message((writer) => {
      for (const size of shape) {
        const dimension = message((inner) =>
          typeof size === "number" ? inner.tag(1, 0).int64(size) : inner.tag(2, 2).string(size),
        );
        writer.tag(1, 2).bytes(dimension);
      }
    });
    const tensor = message((writer) => writer.tag(1, 0).int32(1).tag(2, 2).bytes(dimensions));
    const type = message((writer) => writer.tag(1, 2).bytes(tensor));
    return message((writer) => writer.tag(1, 2).string(name).tag(2, 2).bytes(type));
  };
  const [input, output] = [inputs[0]?.name ?? "", outputs[0]?.name ?? ""];
  const node = message((writer) =>
    writer.tag(1, 2).string(input).tag(2, 2).string(output).tag(4, 2).string("Identity"),
  );
  const graph = message((writer) => {
    writer.tag(1, 2).bytes(node).tag(2, 2).string("graph");
    for (const value of inputs) writer.tag(11, 2).bytes(valueInfo(value));
    for (const value of outputs) writer.tag(12, 2).bytes(valueInfo(value));
  });
  const opset = message((writer) => writer.tag(2, 0).int64(17));
  return Uint8Array.from(
    message((writer) => writer.tag(1, 0).int64(8).tag(7, 2).bytes(graph).tag(8, 2).bytes(opset)),
  );
}
