/** Commands for a shell beside the cluster, and the setting for the server: to be pasted. */

export const SETTING = `# config/model_registry.yaml
cluster:
  dask:
    scheduler_address: "tcp://scheduler:8786"`;

export function agentCommands(input: {
  origin: string;
  accountsOn: boolean;
  scheduler?: string;
}): string {
  return [
    "pip install './python[dask]'  # in a checkout of the registry",
    `export MODEL_REGISTRY_URL=${input.origin}`,
    ...(input.accountsOn ? ["export MODEL_REGISTRY_TOKEN=..."] : []),
    `python -m model_registry.agent --scheduler ${input.scheduler ?? "tcp://scheduler:8786"}`,
  ].join("\n");
}
