/**
 * What this process has done since somebody took the numbers away: one set for the samples (lib/monitoring), beside the
 * counters of `GET /metrics`, which only ever grow.
 */
import { addTallies, count, type Tallies } from "./tally.ts";

/** Names and clients that are kept between two samples; whoever asks for a thousand names is one client. */
const MISSING_KEYS_MAX = 2_000;
/** A model's name is shorter; a client's may be anything. */
const KEY_MAX_LENGTH = 200;

export type Counted = {
  requests: number;
  client_errors: number;
  server_errors: number;
  downloads: number;
  download_bytes: number;
  uploads: number;
  upload_bytes: number;
};

export type Activity = {
  counted: Counted;
  /** By operation. */
  operations: Tallies;
  /** Whole downloads, and loads on clusters, by framework. */
  loads: Tallies;
  /** `model:<name>` and `client:<name or address>`: how often a model was asked for that is not there. */
  missing: Map<string, number>;
};

function nothing(): Activity {
  const counted = {
    requests: 0,
    client_errors: 0,
    server_errors: 0,
    downloads: 0,
    download_bytes: 0,
    uploads: 0,
    upload_bytes: 0,
  };
  return { counted, operations: {}, loads: {}, missing: new Map() };
}

// One for the process, also when a bundler evaluates this module twice.
const shared = globalThis as typeof globalThis & { registryActivity?: Activity };

function current(): Activity {
  shared.registryActivity ??= nothing();
  return shared.registryActivity;
}

export function noteRequest(operation: string, status: number, seconds: number): void {
  const { counted, operations } = current();
  counted.requests += 1;
  if (status >= 500) counted.server_errors += 1;
  else if (status >= 400) counted.client_errors += 1;
  count(operations, operation, seconds, status >= 500 ? "f" : status >= 400 ? "c" : "ok");
}

export function noteDownload(framework: string, bytes: number, seconds: number | null): void {
  const { counted, loads } = current();
  counted.downloads += 1;
  counted.download_bytes += bytes;
  if (seconds !== null) count(loads, framework, seconds, "ok");
}

export function noteLoad(framework: string, seconds: number): void {
  count(current().loads, framework, seconds, "ok");
}

export function noteUpload(bytes: number): void {
  const { counted } = current();
  counted.uploads += 1;
  counted.upload_bytes += bytes;
}

export function noteMissing(model: string, client: string): void {
  for (const key of [`model:${model}`, `client:${client}`])
    addMissing(current().missing, key.slice(0, KEY_MAX_LENGTH), 1);
}

/** Everything since the last time; counting begins again. */
export function takeActivity(): Activity {
  const taken = current();
  shared.registryActivity = nothing();
  return taken;
}

/** What was taken and could not be written is for the next time. */
export function giveBack(taken: Activity): void {
  const { counted, operations, loads, missing } = current();
  for (const key of Object.keys(counted) as (keyof Counted)[]) counted[key] += taken.counted[key];
  addTallies(operations, taken.operations);
  addTallies(loads, taken.loads);
  for (const [key, times] of taken.missing) addMissing(missing, key, times);
}

function addMissing(missing: Map<string, number>, key: string, times: number): void {
  const known = missing.get(key);
  if (known !== undefined || missing.size < MISSING_KEYS_MAX)
    missing.set(key, (known ?? 0) + times);
}
