/** What `work` gives. Throws when it fails, or has not ended after `ms`; it may go on then, and nobody waits for it. */
export async function inTime<T>(
  work: Promise<T>,
  ms: number,
  errorOf = () => new Error("no answer in time"),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(errorOf()), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
