// Printing for the start and test commands. Plain JavaScript: it runs on the Node that the machine has.

/** A reason to stop that the user can act on: printed as it is, without a stack trace. */
export class Refusal extends Error {}

/**
 * Runs one step and prints its name with its result and the time it took. `work` resolves to the words of the result.
 */
export async function step(name, work) {
  const begun = Date.now();
  const outcome = await work();
  console.log(`  ${name.padEnd(12)} ${outcome} (${seconds(begun)})`);
}

export function seconds(begun) {
  return `${((Date.now() - begun) / 1000).toFixed(1)} s`;
}

/** Prints why the command ends, and ends it. A Refusal is the user's to solve; any other error is ours. */
export function endWith(error) {
  if (error instanceof Refusal) console.error(`\n${error.message}`);
  else console.error(error);
  process.exit(1);
}
