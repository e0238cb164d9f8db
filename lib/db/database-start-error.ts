/** The database cannot be used; the message is a sentence for the operator who starts the server. */
export class DatabaseStartError extends Error {
  override readonly name = "DatabaseStartError";
}
