/** A well-formed id of the client is kept, so that its logs and ours can be joined. */
export function requestIdOf(given: string | null): string {
  return given !== null && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : crypto.randomUUID();
}
