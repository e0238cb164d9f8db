// The image's health check: the process answers. Whether it can serve is /readyz, which balancers ask.
const port = process.env.MODEL_REGISTRY_API__PORT ?? "8080";
const isWell = await fetch(`http://127.0.0.1:${port}/healthz`).then(
  (answer) => answer.ok,
  () => false,
);
process.exit(isWell ? 0 : 1);
