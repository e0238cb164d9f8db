/** A part of a file that holds the values of one tensor. */
export type Region = {
  offset: number;
  lengthBytes: number;
  /** safetensors' spelling, see `TensorFact`; an unknown dtype is `UNKNOWN`. */
  dtype: string;
  /**
   * The name that the format gives, or one made from the tensor's place: files that are made alike have the same
   * names.
   */
  name: string;
};
