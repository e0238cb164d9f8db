export type OutgoingProblem =
  | "invalid_url"
  | "address_refused"
  | "name_unknown"
  | "unreachable"
  | "timeout"
  | "certificate"
  | "redirect_refused";

/** There is no answer. `message` is one sentence for whoever entered the address; it says nothing of the network behind the server. */
export class OutgoingError extends Error {
  override readonly name = "OutgoingError";
  readonly problem: OutgoingProblem;

  constructor(problem: OutgoingProblem, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.problem = problem;
  }
}
