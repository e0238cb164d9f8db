/** What work costs, as a ratio to other work of the same run: a slow or busy machine is slow for both. */

/** Less is noise: a collection of garbage takes as long. */
const NOISE_MS = 4;
const TRIES = 3;
/** What takes long is hardly changed by noise. */
const ENOUGH_MS = 300;

/** Processor time that `run` takes: unlike the clock, it does not depend on what else the machine does. */
export async function cpuMsOf(run: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least that `run` takes in a few tries. */
export async function leastCpuMsOf(run: () => unknown): Promise<number> {
  const tries: number[] = [];
  while (tries.length < TRIES && tries.reduce((sum, ms) => sum + ms, 0) < ENOUGH_MS) {
    tries.push(await cpuMsOf(run));
  }
  return Math.max(Math.min(...tries), NOISE_MS);
}

/**
 * How much the cost grows when the work becomes four times as large: about 4 where it is linear, 16 where
 * it is quadratic. `run` does the work at a scale, which is 1 for the whole of it.
 */
export async function growthOf(run: (scale: number) => unknown): Promise<number> {
  const quarter = await leastCpuMsOf(() => run(1 / 4));
  const whole = await leastCpuMsOf(() => run(1));
  return whole / quarter;
}

/** Far from 4, which noise makes 6 now and then, and from 16. */
export const LINEAR_GROWTH = 10;
