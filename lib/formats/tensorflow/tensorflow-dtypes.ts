/** DataType of tensorflow/core/framework/types.proto in safetensors' spelling. */
const TF_DTYPES: ReadonlyMap<number, string> = new Map([
  [1, "F32"],
  [2, "F64"],
  [3, "I32"],
  [4, "U8"],
  [5, "I16"],
  [6, "I8"],
  [7, "STRING"],
  [8, "C64"],
  [9, "I64"],
  [10, "BOOL"],
  [11, "I8"],
  [12, "U8"],
  [13, "I32"],
  [14, "BF16"],
  [15, "I16"],
  [16, "U16"],
  [17, "U16"],
  [18, "C128"],
  [19, "F16"],
  [20, "RESOURCE"],
  [21, "VARIANT"],
  [22, "U32"],
  [23, "U64"],
  [24, "F8_E5M2"],
  [25, "F8_E4M3"],
  [26, "F8_E4M3FNUZ"],
  [27, "F8_E4M3B11FNUZ"],
  [28, "F8_E5M2FNUZ"],
  [29, "I4"],
  [30, "U4"],
  [31, "I2"],
  [32, "U2"],
  [33, "F4"],
]);
/** A reference to a variable of type 1 is of type 101. */
const REFERENCE = 100;

/** The list grows with TensorFlow: a number that is not in it belongs to a type that is not known yet. */
export function tfDtype(number: number): string {
  return TF_DTYPES.get(number) ?? TF_DTYPES.get(number - REFERENCE) ?? `TF_TYPE_${number}`;
}
