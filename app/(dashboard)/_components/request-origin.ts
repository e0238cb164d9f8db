/** The registry's address as the reader reaches it, for commands to copy. */
export function requestOrigin(headers: Headers): string {
  const host = headers.get("host") ?? "localhost:8080";
  const protocol = headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  return `${protocol}://${host}`;
}
