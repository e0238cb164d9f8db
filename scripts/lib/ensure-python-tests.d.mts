export function ensurePythonTests(): Promise<string>;
