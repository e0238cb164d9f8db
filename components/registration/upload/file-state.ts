/** The state of a file on its way, as the form shows it, and how a registration names the file. */

/** `sealing` means that all parts are there and the server finishes the whole. */
export type FilePhase =
  | "waiting"
  | "opening"
  | "ready"
  | "sending"
  | "sealing"
  | "stored"
  | "failed";

export type FileState = {
  phase: FilePhase;
  sentBytes: number;
  sizeBytes: number;
  /** When the next try comes (null: once the network is back); undefined while nothing is wrong. */
  retryAt: number | null | undefined;
  error: unknown;
  /** The registry had the bytes already. */
  wasStored: boolean;
};

/** How a registration names a file that is on the server. */
export type FileRef = { path: string; upload_id: string } | { path: string; digest: string };
