/** A part of a file that holds the values of one tensor. */
export type Region = {
  offset: number;
  lengthBytes: number;
  /** safetensors' spelling, see `TensorFact`; what is unknown is `UNKNOWN`. */
  dtype: string;
  /** As the format gives it, or made from the tensor's place: the same in two files that are made alike. */
  name: string;
};
