/** The other server did not do what was asked of it. `message` is for whoever reads the report. */
export type TheirProblem =
  /** No connection, no answer in time, or one that broke off. */
  | "transport"
  /** It has not got that. */
  | "not_found"
  /** It does not let us. */
  | "refused"
  /** It will not have this, whoever asks. */
  | "rejected"
  /** It answers what is no answer. */
  | "unreadable";

export class TheirError extends Error {
  override readonly name = "TheirError";
  readonly problem: TheirProblem;

  constructor(problem: TheirProblem, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.problem = problem;
  }
}
