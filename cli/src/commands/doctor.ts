import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { Failure, isMissingRoute } from "../failure.ts";
import { PATIENCE } from "../http/attempts.ts";
import { compareVersions } from "../http/compatibility.ts";
import type { Run } from "../run.ts";
import { credentialsFile, isReadableByOthers } from "../settings/credentials.ts";
import { cacheFolder } from "../settings/folders.ts";
import type { Colour } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { VERSION } from "../version.ts";
import { meSchema, modelSchema, page, readinessSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";

type State = "ok" | "warning" | "failed";
type Finding = { check: string; state: State; detail: string; exitCode?: ExitCode };

const COLOURS: Record<State, Colour> = { ok: "green", warning: "yellow", failed: "red" };
/** Signed tokens and cached answers suffer from more. */
const SKEW_MAX_MS = 60_000;
const FREE_MIN_BYTES = 1_000_000_000;

export function addDoctor({ t, add, act }: Commands): void {
  act(add("doctor", "doctor.about"), async (run) => {
    const findings = [await address(run), ...(await server(run)), ...(await machine(run))];
    const { out } = run;
    out.result({ checks: findings.map(({ exitCode: _, ...finding }) => finding) }, () =>
      findings.map(({ check, state, detail }) => {
        const mark = out.paint(COLOURS[state], `[${t(`doctor.state.${state}`)}]`);
        return `${mark} ${check}: ${printable(detail)}`;
      }),
    );
    const failed = findings.find(({ state }) => state === "failed");
    if (failed)
      throw new Failure(
        failed.exitCode ?? EXIT.failed,
        t("doctor.failed", { check: failed.check }),
      );
  });
}

async function address(run: Run): Promise<Finding> {
  const { url, urlSource, tokenSource } = await run.server();
  const source = (of: typeof urlSource) => run.t(`source.${of}`);
  const detail = run.t("doctor.address", {
    url,
    urlSource: source(urlSource),
    tokenSource: source(tokenSource),
  });
  return { check: run.t("fact.server"), state: "ok", detail };
}

/** Nothing more is asked once the server does not answer. */
async function server(run: Run): Promise<Finding[]> {
  const { t } = run;
  const { url, token } = await run.server();
  const begun = Date.now();
  const health = await attempt(t("doctor.reachable"), () =>
    run.registryAt(url, null).health(PATIENCE.question),
  );
  if ("state" in health) return [health];
  const tookMs = Date.now() - begun;
  const reachable = { check: t("doctor.reachable"), state: "ok", detail: `${tookMs} ms` } as const;
  if (health.value === null)
    return [{ ...reachable, state: "warning", detail: t("doctor.hidden") }];
  const version = versionFinding(run, health.value.version);
  const skew =
    health.value.date === null ? [] : [skewFinding(run, Date.parse(health.value.date), tookMs)];
  const findings = [reachable, version, ...skew, await readiness(run, url)];
  return version.state === "failed" ? findings : [...findings, await rights(run, token !== null)];
}

function versionFinding(run: Run, version: string | null): Finding {
  const check = run.t("doctor.version");
  const fit = compareVersions(version, VERSION);
  const shown = printable(version ?? "?").slice(0, 40);
  if (fit === "fits") return { check, state: "ok", detail: shown };
  const key = version === null ? "version.untold" : (`version.${fit}` as const);
  const detail = run.t(key, { url: "", version: shown, own: VERSION });
  return { check, state: "failed", detail, exitCode: EXIT.incompatible };
}

/** `Date` has whole seconds, and the answer was on its way for a moment. */
function skewFinding(run: Run, serverMs: number, tookMs: number): Finding {
  const skewMs = Math.abs(Date.now() - tookMs / 2 - serverMs);
  const state = skewMs > SKEW_MAX_MS ? "warning" : "ok";
  return {
    check: run.t("doctor.clock"),
    state,
    detail: run.t("doctor.skew", { seconds: Math.round(skewMs / 1000) }),
  };
}

async function readiness(run: Run, url: string): Promise<Finding> {
  const check = run.t("doctor.ready");
  const answer = await attempt(check, async () => {
    const response = await fetch(`${url}/readyz`, {
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
    return readinessSchema.parse(await response.json());
  });
  if ("state" in answer) return { ...answer, state: "warning" };
  const bad = answer.value.checks.filter(({ ok }) => !ok);
  if (bad.length === 0)
    return { check, state: "ok", detail: answer.value.checks.map(({ name }) => name).join(", ") };
  const detail = bad.map(({ name, detail: why }) => `${name}: ${why ?? "failed"}`).join("; ");
  return { check, state: "failed", detail, exitCode: EXIT.unreachable };
}

async function rights(run: Run, hasToken: boolean): Promise<Finding> {
  const check = run.t("doctor.rights");
  const registry = await run.registry();
  const me = await attempt(check, () => registry.json({ method: "GET", path: "/me" }, meSchema));
  if (!("state" in me))
    return { check, state: "ok", detail: `${me.value.name} (${me.value.role})` };
  if (!isMissingRoute(me.cause)) return me;
  const list = await attempt(check, () =>
    registry.json({ method: "GET", path: "/models", query: { limit: 1 } }, page(modelSchema)),
  );
  if ("state" in list) return list;
  const detail = run.t(hasToken ? "doctor.tokenUnused" : "whoami.noAccounts");
  return { check, state: hasToken ? "warning" : "ok", detail };
}

async function machine(run: Run): Promise<Finding[]> {
  const { t } = run;
  const { bavail, bsize } = await statfs(".");
  const freeBytes = bavail * bsize;
  const disk: Finding = {
    check: t("doctor.disk"),
    state: freeBytes < FREE_MIN_BYTES ? "warning" : "ok",
    detail: t("doctor.free", { free: run.bytes(freeBytes) }),
  };
  const folder = cacheFolder(run.env);
  const notes = await readdir(join(folder, "uploads")).catch(() => []);
  const cache: Finding = {
    check: t("doctor.cache"),
    state: "ok",
    detail: t("doctor.unfinished", { folder, count: notes.length }),
  };
  const file = credentialsFile(run.env);
  const isThere = (await stat(file).catch(() => null)) !== null;
  const isOpen = await isReadableByOthers(file);
  const credentials: Finding = {
    check: t("doctor.credentials"),
    state: isOpen ? "warning" : "ok",
    detail: isOpen ? t("credentials.open", { file }) : isThere ? file : t("source.none"),
  };
  const node: Finding = {
    check: "Node",
    state: "ok",
    detail: `${process.version}, model-registry ${VERSION}`,
  };
  return [disk, cache, credentials, node];
}

/** A failure is a finding here, not the end. */
async function attempt<T>(
  check: string,
  work: () => Promise<T>,
): Promise<{ value: T } | (Finding & { cause: unknown })> {
  try {
    return { value: await work() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof Failure ? error.exitCode : EXIT.failed;
    const finding = { check, state: "failed", detail, exitCode } as const;
    // Kept for who asks, and out of what is printed.
    return Object.defineProperty(finding, "cause", { value: error }) as Finding & {
      cause: unknown;
    };
  }
}
