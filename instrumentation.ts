/** Next calls this once, before the first request: background work must not wait for a visitor. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { getServices } = await import("./lib/server.ts");
  await getServices();
}
