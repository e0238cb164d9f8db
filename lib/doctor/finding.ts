/** What the doctor says of one thing. `detail` is a sentence or a value; of what is not good it says what to do. */
export type Finding = {
  check: string;
  state: "good" | "warning" | "bad";
  detail: string;
};

export const good = (check: string, detail: string): Finding => ({ check, state: "good", detail });
export const warning = (check: string, detail: string): Finding => ({
  check,
  state: "warning",
  detail,
});
export const bad = (check: string, detail: string): Finding => ({ check, state: "bad", detail });

/** The finding of `look`; what it throws is a finding as well. */
export async function examine(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return bad(check, reasonOf(error));
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // pg's connection errors are several in one, without a message of their own.
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(reasonOf).join("; ");
  return error.message;
}
