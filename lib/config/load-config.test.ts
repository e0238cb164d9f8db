import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "config-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function withFile(yaml: string, env: Record<string, string> = {}) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ MODEL_REGISTRY_CONFIG: file, ...env }, folder);
}

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("the shipped file", () => {
  it("is valid and says what an empty file says by default", () => {
    const shipped = loadConfig({}, projectFolder);
    const empty = withFile("");
    expect(shipped.api).toEqual({
      host: "0.0.0.0",
      port: 8080,
      workers: expect.any(Number),
      authRequired: false,
      allowedHosts: [],
      publicUrl: null,
      trustedProxies: [],
      requestsPerMinute: 60_000,
    });
    expect([shipped.auth, shipped.quotas]).toEqual([empty.auth, empty.quotas]);
    expect(shipped.storage.basePath).toBe(join(projectFolder, ".data"));
    expect({ ...shipped.storage, basePath: "" }).toEqual({ ...empty.storage, basePath: "" });
    expect([shipped.uploads, shipped.log, shipped.database]).toEqual([
      empty.uploads,
      empty.log,
      empty.database,
    ]);
  });

  it("holds the user document's keys with their meaning", () => {
    const config = withFile(`
storage:
  base_path: "/opt/cluster-ai/models"
  cache_size: "10GB"
  backup_enabled: true
frameworks:
  pytorch:
    supported_versions: ["1.9+", "2.0+"]
  tensorflow:
    supported_versions: ["2.8+", "2.9+"]
api:
  host: "0.0.0.0"
  port: 8080
  auth_required: false
`);
    expect(config.storage.basePath).toBe("/opt/cluster-ai/models");
    expect(config.storage.cacheSizeBytes).toBe(10_000_000_000);
    expect(config.storage.backupEnabled).toBe(true);
    expect(config.frameworks.pytorch?.supportedVersions).toEqual(["1.9+", "2.0+"]);
    expect(config.frameworks.tensorflow?.supportedVersions).toEqual(["2.8+", "2.9+"]);
    expect(config.frameworks.pytorch?.enforce).toBe(false);
    expect(config.warnings).toEqual([]);
  });
});

describe("the versions of a framework", () => {
  it("are ranges, and enforced where somebody says so", () => {
    const config = withFile(`
frameworks:
  pytorch:
    supported_versions: ["2.0+", ">=1.9,<1.13", "1.13.1"]
    enforce: true
  keras:
    enforce: true
`);
    expect(config.frameworks).toEqual({
      pytorch: { supportedVersions: ["2.0+", ">=1.9,<1.13", "1.13.1"], enforce: true },
      keras: { supportedVersions: [], enforce: true },
    });
  });

  it("keep their upper bounds in the environment", () => {
    const name = "MODEL_REGISTRY_FRAMEWORKS__PYTORCH__SUPPORTED_VERSIONS";
    const config = withFile("", { [name]: "2.0+, >=1.9,<1.13" });
    expect(config.frameworks.pytorch?.supportedVersions).toEqual(["2.0+", ">=1.9,<1.13"]);
  });

  it.each(["latest", "2.x", ">=3,<2", "!=2.0", "2.0++"])("cannot be %s", (range) => {
    expect(() =>
      withFile(`frameworks:\n  pytorch:\n    supported_versions: ["${range}"]\n`),
    ).toThrow(/frameworks\.pytorch\.supported_versions must be a list of versions, such as/);
  });
});

describe("the environment", () => {
  it("overrides every key of the file", () => {
    const config = withFile("api:\n  port: 8080\nstorage:\n  max_upload_size: 1GB\n", {
      MODEL_REGISTRY_API__PORT: "9000",
      MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE: "32MiB",
      MODEL_REGISTRY_STORAGE__BACKUP_ENABLED: "false",
      MODEL_REGISTRY_STORAGE__TRASH_RETENTION: "7d",
      MODEL_REGISTRY_FRAMEWORKS__ONNX__SUPPORTED_VERSIONS: "1.15+, 1.16",
      MODEL_REGISTRY_LOG__LEVEL: "debug",
    });
    expect(config.api.port).toBe(9000);
    expect(config.storage.maxUploadSizeBytes).toBe(33_554_432);
    expect(config.storage.backupEnabled).toBe(false);
    expect(config.storage.trashRetentionMs).toBe(604_800_000);
    expect(config.frameworks.onnx?.supportedVersions).toEqual(["1.15+", "1.16"]);
    expect(config.log.level).toBe("debug");
  });

  it("reads a secret from the file that a name ending in _FILE names", () => {
    const secret = join(folder, "url");
    writeFileSync(secret, "postgresql://u:p@db:5432/registry\n");
    const url = "postgresql://u:p@db:5432/registry";
    expect(withFile("", { MODEL_REGISTRY_DATABASE__URL_FILE: secret }).database.url).toBe(url);
    expect(withFile("", { DATABASE_URL_FILE: secret }).database.url).toBe(url);
    expect(withFile("", { DATABASE_URL: url }).database.url).toBe(url);
  });

  it("takes a URL for migrations beside that of the server, and not alone", () => {
    const owner = { MODEL_REGISTRY_DATABASE__MIGRATION_URL: "postgresql://owner:p@db/x" };
    const both = withFile("", { ...owner, DATABASE_URL: "postgresql://server:p@db/x" });
    expect(both.database.migrationUrl).toBe("postgresql://owner:p@db/x");
    expect(() => withFile("", owner)).toThrow(/migration_url is of no use without database\.url/);
  });

  it("prefers the registry's own name to DATABASE_URL", () => {
    const config = withFile("", {
      DATABASE_URL: "postgresql://other/db",
      MODEL_REGISTRY_DATABASE__URL: "postgresql://mine/db",
    });
    expect(config.database.url).toBe("postgresql://mine/db");
  });

  it("leaves what Kubernetes sets for a service called model-registry alone", () => {
    const config = withFile("", { MODEL_REGISTRY_PORT: "tcp://10.0.0.1:8080" });
    expect(config.api.port).toBe(8080);
  });

  it("warns of a name with one underscore too few", () => {
    const { warnings } = withFile("", { MODEL_REGISTRY_API_PORT: "9000" });
    expect(warnings.join()).toContain("write MODEL_REGISTRY_API__PORT");
  });
});

describe("api.allowed_hosts", () => {
  const hostsOf = (value: string) =>
    withFile("", { MODEL_REGISTRY_API__ALLOWED_HOSTS: value }).api.allowedHosts;

  it("takes names and patterns in the form that browsers send", () => {
    const { api } = withFile(
      'api:\n  allowed_hosts: ["Models.Example.org", "*.example.net", "*"]\n',
    );
    expect(api.allowedHosts).toEqual(["models.example.org", "*.example.net", "*"]);
    expect(hostsOf("münchen.example, my_registry")).toEqual([
      "xn--mnchen-3ya.example",
      "my_registry",
    ]);
    expect(hostsOf("")).toEqual([]);
  });

  it.each(["a.example:8080", "http://a.example", "a b", "*a.example", "a.*", "*.", "a/b"])(
    "refuses %s",
    (value) => {
      expect(problemsOf(() => hostsOf(value)).join()).toMatch(
        /^api\.allowed_hosts must be a list of host names without a port/,
      );
    },
  );
});

describe("a configuration with mistakes", () => {
  it("lists all problems at once, each as a sentence with its key and where it was set", () => {
    const problems = problemsOf(() =>
      withFile(
        "storage:\n  cache_size: lots\n  bse_path: x\nstorge: {}\napi:\n  port: 70000\nlog: 5\n",
        { MODEL_REGISTRY_UPLOADS__IDLE_TIMEOUT: "120", MODEL_REGISTRY_FOO__BAR: "1" },
      ),
    );
    const text = problems.join("\n");
    expect(problems).toHaveLength(7);
    expect(text).toMatch(/^storage\.cache_size must be a size, .*\(it is "lots"\)\.$/m);
    expect(text).toMatch(/^storage\.bse_path is not a setting; check its spelling\.$/m);
    expect(text).toMatch(/^storge is not a setting/m);
    expect(text).toMatch(/^api\.port must be a whole number from 0 to 65535 \(it is 70000\)\.$/m);
    expect(text).toMatch(/^log must be a section/m);
    expect(text).toMatch(
      /^uploads\.idle_timeout must .*set by MODEL_REGISTRY_UPLOADS__IDLE_TIMEOUT/m,
    );
    expect(text).toMatch(/^foo is not a setting.*\(set by MODEL_REGISTRY_FOO__BAR\)\.$/m);
  });

  it("never repeats a database URL, which may hold a password", () => {
    const work = () => withFile("", { DATABASE_URL: "mysql://u:hunter2@db/x" });
    expect(problemsOf(work).join()).toMatch(/database\.url must be a PostgreSQL URL/);
    expect(problemsOf(work).join()).not.toContain("hunter2");
  });

  it("takes a number of workers, and chooses one by the cores", () => {
    const workers = (text: string) => withFile(`api:\n  workers: ${text}\n`).api.workers;
    expect(workers("3")).toBe(3);
    expect(workers("auto")).toBeGreaterThanOrEqual(1);
    for (const wrong of ["0", "9", "many", "1.5"])
      expect(() => workers(wrong)).toThrow(/api.workers must be auto, or a whole number/);
    expect(withFile("api:\n  workers: 4\nstorage:\n  driver: memory\n").api.workers).toBe(1);
  });

  it("names what is wrong with accounts, and repeats no secret of them", () => {
    const work = () =>
      withFile(
        `
api:
  public_url: "https://models.example.org/path"
  trusted_proxies: ["10.0.0.0/33", "proxy"]
auth:
  oidc:
    issuer: "https://login.example.org"
    client_secret: 12345678
    scope: "profile"
    roles: { ml: king }
    default_role: root
quotas:
  model: "much"
`,
        { MODEL_REGISTRY_ADMIN_NAME: "admin" },
      );
    const text = problemsOf(work).join("\n");
    for (const key of [
      "public_url",
      "trusted_proxies",
      "oidc.client_secret",
      "oidc.scope",
      "oidc.roles",
      "oidc.default_role",
    ])
      expect(text).toContain(`${key} must`);
    expect(text).toMatch(/auth\.oidc\.client_id must be set/);
    expect(text).toMatch(/quotas\.model must be a size/);
    expect(text).toMatch(/MODEL_REGISTRY_ADMIN_NAME and MODEL_REGISTRY_ADMIN_PASSWORD/);
    expect(text).not.toContain("12345678");
  });

  it("reads accounts from the environment too", () => {
    const { auth, api, quotas } = withFile("", {
      MODEL_REGISTRY_API__PUBLIC_URL: "https://models.example.org/",
      MODEL_REGISTRY_API__TRUSTED_PROXIES: "127.0.0.1, fd00::/8",
      MODEL_REGISTRY_AUTH__OIDC__ISSUER: "https://login.example.org",
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_ID: "registry",
      MODEL_REGISTRY_AUTH__OIDC__CLIENT_SECRET: "s",
      MODEL_REGISTRY_AUTH__OIDC__ROLES: "ml=contributor, a=b=reader",
      MODEL_REGISTRY_QUOTAS__USER: "5GB",
      MODEL_REGISTRY_ADMIN_NAME: "admin",
      MODEL_REGISTRY_ADMIN_PASSWORD: "correct horse battery",
    });
    expect(api).toMatchObject({
      publicUrl: "https://models.example.org",
      trustedProxies: ["127.0.0.1", "fd00::/8"],
    });
    expect(auth.oidc).toMatchObject({
      clientId: "registry",
      roles: { ml: "contributor", "a=b": "reader" },
      defaultRole: "reader",
    });
    expect(auth.firstAdministrator).toEqual({ name: "admin", password: "correct horse battery" });
    expect(quotas).toEqual({ modelBytes: null, userBytes: 5_000_000_000 });
  });

  it.each([
    ["a file that is not YAML", "storage: [", /not valid YAML/],
    ["a file that is a list", "- 1\n", /must hold sections/],
    ["a key that would change the prototype", "__proto__:\n  port: 1\n", /is not a setting/],
  ])("names %s", (_what, yaml, message) => {
    expect(problemsOf(() => withFile(yaml)).join()).toMatch(message);
  });

  it("names a file that is not there", () => {
    const work = () => loadConfig({ MODEL_REGISTRY_CONFIG: "nowhere.yaml" }, folder);
    expect(problemsOf(work).join()).toMatch(/nowhere\.yaml cannot be read/);
  });
});

describe("buckets that versions are imported from", () => {
  it("are listed, in the file or with commas in the environment", () => {
    expect(withFile("").integrations.importBuckets).toEqual([]);
    const env = { MODEL_REGISTRY_INTEGRATIONS__IMPORT_BUCKETS: "team-models, other" };
    expect(withFile("", env).integrations.importBuckets).toEqual(["team-models", "other"]);
  });

  it.each([
    ['integrations: { import_buckets: ["s3://x"] }', "must be a list of buckets"],
    [
      'integrations: { import_buckets: ["own-1"] }\nstorage: { s3: { bucket: "own-1" } }',
      "must not have own-1",
    ],
    [
      'integrations: { import_buckets: ["own-2"] }\nbackup: { target: "s3://own-2/x" }',
      "must not have own-2",
    ],
  ])("are not those of the registry itself: %s", (yaml, problem) => {
    expect(problemsOf(() => withFile(yaml))).toEqual([expect.stringContaining(problem)]);
  });
});
