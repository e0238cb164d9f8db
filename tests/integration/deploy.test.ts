/**
 * Dockerfile, Compose file, manifests, chart and unit, each against its own strict schema and linter, offline. What is
 * built and started of them, by deploy/image/try-image.sh, takes minutes and root's rights.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { BackupTargets } from "../../lib/backup/backup-targets.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { ensureDeployTools } from "../../scripts/lib/ensure-deploy-tools.mjs";
import { runProgram } from "../../scripts/lib/run-program.mjs";

const CHART = "deploy/helm/model-registry";
const SHARED = [
  ...["--set", "database.url=postgresql://a:b@c/d", "--set", "s3.bucket=models"],
  ...["--set", "hosts={models.example.org}", "--set", "ingress.enabled=true"],
  ...["--set", "serviceAccount.create=true", "--set", "backup.target=s3://backups/registry"],
  ...["--set", "backup.s3.endpoint=https://s3.example.org"],
  ...["--set-json", 'networkPolicy.from=[{"podSelector":{}}]'],
];
type Resource = {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: of as many shapes as there are kinds
  spec: any;
};

let tools: string;
let work: string;
beforeAll(async () => {
  tools = await ensureDeployTools();
  work = await mkdtemp(join(tmpdir(), "deploy-test-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function run(program: string, args: string[]) {
  const env = { ...process.env, PYTHONPATH: tools, HELM_CACHE_HOME: work, HELM_CONFIG_HOME: work };
  const isPython = program === "kubernetes-validate";
  const path = join(tools, "bin", program);
  return runProgram(isPython ? "python3" : path, isPython ? [path, ...args] : args, { env });
}

const validate = (file: string) =>
  run("kubernetes-validate", ["--strict", "--kubernetes-version", "1.37", file]);

async function render(args: string[] = []): Promise<{ file: string; resources: Resource[] }> {
  const { code, output } = await run("helm", ["template", "team", CHART, ...args]);
  expect(code, output).toBe(0);
  const file = join(work, `${args.length}.yaml`);
  await writeFile(file, output);
  return { file, resources: resourcesOf(output) };
}

const resourcesOf = (text: string) =>
  parseAllDocuments(text, { merge: true }).flatMap((document) => {
    const resource = document.toJS() as Resource | null;
    return resource ? [resource] : [];
  });

const settingsOf = (resources: Resource[]) =>
  resources.find(({ kind }) => kind === "ConfigMap")?.data ?? {};

/** Backups of servers that share a bucket are in another one: a folder of each server would go with it. */
function expectBackupBucket(settings: Record<string, string>) {
  const target = settings.MODEL_REGISTRY_BACKUP__TARGET ?? "";
  expect(target).toMatch(/^s3:\/\/[a-z]/);
  const models = settings.MODEL_REGISTRY_STORAGE__S3__BUCKET;
  expect(target.split("/")[2], "another bucket").not.toBe(models);
  const endpoint = settings.MODEL_REGISTRY_BACKUP__S3__ENDPOINT;
  expect(endpoint).toMatch(/^https?:/);
  const secrets = {
    MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: "key",
    MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: "secret",
    MODEL_REGISTRY_BACKUP__S3__ACCESS_KEY_ID: "key",
    MODEL_REGISTRY_BACKUP__S3__SECRET_ACCESS_KEY: "secret",
  };
  const config = loadConfig({ ...settings, ...secrets });
  expect(config.warnings.filter((warning) => !warning.startsWith("no effect"))).toEqual([]);
  expect(new BackupTargets(config)).toMatchObject({ isEnabled: true, isBesideModels: false });
}

/** `${NAME:-default}` as Compose reads it where NAME is not set. */
const withoutVariables = (environment: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      String(value).replace(/\$\{\w+:-([^}]*)\}/g, "$1"),
    ]),
  );

function deploymentOf(resources: Resource[]) {
  const found = resources.find(({ kind }) => kind === "Deployment");
  if (!found) throw new Error("There is no deployment.");
  return found;
}

/** What no cluster's policy would let pass otherwise, and what a rolling restart needs. */
function expectCareful(resources: Resource[]) {
  const pod = deploymentOf(resources).spec.template.spec;
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10_001 });
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  const [container] = pod.containers;
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(container.readinessProbe.httpGet.path).toBe("/readyz");
  for (const probe of ["startupProbe", "livenessProbe"])
    expect(container[probe].httpGet.path).toBe("/healthz");
  expect(container.resources.requests).toHaveProperty("memory");
  const mounts = container.volumeMounts.map((one: { mountPath: string }) => one.mountPath);
  expect(mounts).toEqual(["/data", "/tmp"]);
  const kinds = resources.map(({ kind }) => kind);
  for (const kind of ["Service", "PodDisruptionBudget", "NetworkPolicy", "Secret"])
    expect(kinds).toContain(kind);
}

it("the Dockerfile has no fault that its linter knows", async () => {
  const { code, output } = await run("hadolint", ["Dockerfile"]);
  expect(code, output).toBe(0);
  const bad = join(work, "Dockerfile");
  await writeFile(bad, "FROM debian\nRUN cd /x && apt-get install -y curl\n");
  expect((await run("hadolint", [bad])).code).not.toBe(0);
});

it("the image has everything that the build reads", async () => {
  const { BUILD_INPUTS } = await import("../../scripts/lib/prepare.mjs");
  const ignore = await readFile(".dockerignore", "utf8");
  const kept = ignore.split("\n").flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
  const tracked = (await runProgram("git", ["ls-files"])).output.split("\n");
  for (const input of BUILD_INPUTS) {
    const isThere = tracked.some((path) => path === input || path.startsWith(`${input}/`));
    if (isThere) expect(kept, input).toContain(input.split("/")[0] ?? "");
  }
});

describe.each(["model-registry-deployment.yaml", "deploy/kubernetes/with-s3.yaml"])(
  "%s",
  (manifest) => {
    it("is what Kubernetes takes, key for key", async () => {
      const { code, output } = await validate(manifest);
      expect(code, output).toBe(0);
      const misspelt = join(work, "misspelt.yaml");
      const text = await readFile(manifest, "utf8");
      await writeFile(misspelt, text.replace("readinessProbe:", "readynessProbe:"));
      expect((await validate(misspelt)).code).not.toBe(0);
    });

    it("runs without rights, with as many servers as can share", async () => {
      const resources = resourcesOf(await readFile(manifest, "utf8"));
      expectCareful(resources);
      const isShared = manifest.includes("with-s3");
      expect(deploymentOf(resources).spec.replicas).toBe(isShared ? 2 : 1);
      if (isShared) expectBackupBucket(settingsOf(resources));
    });
  },
);

describe("the chart", () => {
  it("has no fault that helm knows", async () => {
    const { code, output } = await run("helm", ["lint", "--strict", CHART]);
    expect(code, output).toBe(0);
  });

  it("makes one server with a volume, whatever replicas says", async () => {
    const { file, resources } = await render(["--set", "replicas=3"]);
    expect((await validate(file)).code).toBe(0);
    expectCareful(resources);
    expect(deploymentOf(resources).spec).toMatchObject({
      replicas: 1,
      strategy: { type: "Recreate" },
    });
    expect(resources.map(({ kind }) => kind)).toContain("PersistentVolumeClaim");
  });

  it("makes several where database and bucket are elsewhere", async () => {
    const { file, resources } = await render(SHARED);
    const { code, output } = await validate(file);
    expect(code, output).toBe(0);
    expectCareful(resources);
    expect(deploymentOf(resources).spec).toMatchObject({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
    });
    const kinds = resources.map(({ kind }) => kind);
    expect(kinds).toContain("Ingress");
    expect(kinds).not.toContain("PersistentVolumeClaim");
    expectBackupBucket(settingsOf(resources));
    const alone = settingsOf((await render()).resources);
    expect(alone).not.toHaveProperty("MODEL_REGISTRY_BACKUP__TARGET");
  });

  it.each([
    [["--set", "replica=3"], /replica/],
    [["--set", "backup.traget=s3://backups"], /traget/],
    [["--set", "replicas=none"], /replicas/],
    [["--set", "ingress.enabled=true"], /needs hosts/],
  ])("refuses %s", async (args, reason) => {
    const { code, output } = await run("helm", ["template", "team", CHART, ...args]);
    expect(code).not.toBe(0);
    expect(output).toMatch(reason);
  });
});

it("the Compose file is what the Compose specification allows", async () => {
  const folder = dirname(createRequire(import.meta.url).resolve("dclint/package.json"));
  const schema = JSON.parse(
    await readFile(resolve(folder, "schemas/compose.schema.json"), "utf8"),
  ) as object;
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  addFormats.default(ajv);
  // The schema's own formats, which Docker's command checks.
  for (const name of ["ports", "expose", "duration", "subnet_ip_address"])
    ajv.addFormat(name, true);
  const isCompose = ajv.compile(schema);
  const compose = parse(await readFile("compose.yaml", "utf8"), { merge: true }) as {
    services: Record<string, Record<string, unknown>>;
  };
  const environment = compose.services.registry?.environment as Record<string, string>;
  expectBackupBucket(withoutVariables(environment));
  expect(String(compose.services.bucket?.entrypoint)).toContain("for name in models backups;");
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true);
  expect(compose.services.registry).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
  const { registry } = compose.services;
  expect(isCompose({ ...compose, services: { registry: { ...registry, prots: [] } } })).toBe(false);
});

it("the unit of systemd has the keys that systemd has, and a stop that is long enough", async () => {
  const text = await readFile("deploy/systemd/model-registry.service", "utf8");
  const sections = text.split("\n").filter((line) => /^\[/.test(line));
  expect(sections).toEqual(["[Unit]", "[Service]", "[Install]"]);
  for (const line of text.split("\n"))
    expect(line, line).toMatch(/^(|#.*|\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/);
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(60);
  expect(text).toMatch(/^ExecStart=\/usr\/bin\/env node scripts\/start\.mjs$/m);
  const verified = await runProgram("systemd-analyze", [
    "verify",
    resolve("deploy/systemd/model-registry.service"),
  ]).catch(() => null);
  // Where systemd is there; paths of a machine without the service are no fault of the unit.
  if (verified) expect(verified.output).not.toMatch(/Unknown (key|section)|Failed to parse/);
});
