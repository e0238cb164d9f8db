/** Where the values of one tensor are in its file. */
export type TensorPlace = {
  /** As `TensorFact` has it. */
  name: string;
  dtype: string;
  /** null where this reader does not look at it. */
  shape: readonly number[] | null;
  offset: number;
  lengthBytes: number;
};
