/** A line of the start: what it is about, and what is to be said. */
export function say(topic: string, text: string): void {
  console.log(`  ${topic.padEnd(12)} ${text}`);
}

export async function timed<T>(
  topic: string,
  work: () => Promise<T>,
  tell: (result: T) => string,
): Promise<T> {
  const begun = performance.now();
  const result = await work();
  say(topic, `${tell(result)} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  return result;
}

/** `1 blob`, `2 blobs`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
