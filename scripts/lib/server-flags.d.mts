export const SERVER_NODE_FLAGS: readonly string[];
export function serverEnvironment(
  env?: Record<string, string | undefined>,
): Record<string, string | undefined>;
export const COMPILE_CACHE: string;
