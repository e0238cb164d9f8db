/** Where the bytes are: one bucket of AWS or of any store that speaks S3. */
export type S3Settings = {
  /** `http(s)://host[:port]`; null means AWS itself, by region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  /** Goes before every key: empty, or folders with a slash at the end. */
  readonly prefix: string;
  /** Both null: what the environment, a profile or the machine's role gives (the SDK's own search). */
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly forcePathStyle: boolean;
};
