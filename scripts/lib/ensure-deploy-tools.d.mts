/** The folder whose `bin` has hadolint, helm and (for python3, with PYTHONPATH) kubernetes-validate. */
export function ensureDeployTools(): Promise<string>;
