/** One version's tensor of a name, as the database has it; `digest` where an equal file has an equal tensor. */
export type StoredSide = {
  dtype: string;
  shape: number[];
  size_bytes: number;
  /** Its path in the version. */
  file: string;
  digest: string | null;
};

/** A name with what each version has of it, the base first. */
export type StoredRow = { name: string; sides: (StoredSide | null)[] };
