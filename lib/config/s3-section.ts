import { z } from "zod";

/** The keys of `storage.s3` with the values they have when nothing sets them. */
export const S3_DEFAULTS = {
  endpoint: null,
  region: "us-east-1",
  bucket: null,
  prefix: "",
  access_key_id: null,
  secret_access_key: null,
  force_path_style: true,
  redirect_downloads: false,
} as const;

/** RFC 952 labels and dots, 3 to 63 characters: what AWS and the stores after it accept. */
export const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** As keys of the store's layout: nothing that a URL, a signature or a listing could read in two ways. */
const PREFIX = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,254}\/)*$/;
const REGION = /^[a-z0-9-]{1,64}$/;

export type S3Section = {
  endpoint: string | null;
  region: string;
  /** Empty unless the driver is s3. */
  bucket: string;
  prefix: string;
  accessKeyId: string | null;
  secretAccessKey: string | null;
  forcePathStyle: boolean;
  redirectDownloads: boolean;
};

type Leaf = <T>(rule: string, parse: (value: unknown) => T | undefined) => z.ZodType<T>;

export function s3Section(leaf: Leaf, flag: () => z.ZodType<boolean>) {
  return z.strictObject({
    endpoint: leaf(
      'must be the URL of the object store without a path, such as "https://s3.example.org"; leave it out for AWS',
      (value) => (isUnset(value) ? null : readEndpoint(value)),
    ),
    region: leaf('must be a region, such as "us-east-1"', (value) =>
      typeof value === "string" && REGION.test(value) ? value : undefined,
    ),
    bucket: leaf("must be the name of a bucket: 3 to 63 of a-z, 0-9, - and .", (value) => {
      if (isUnset(value)) return "";
      return typeof value === "string" && BUCKET.test(value) ? value : undefined;
    }),
    prefix: leaf(
      'must be empty or folders of letters, digits, ".", "_" and "-", such as "registry"',
      (value) => {
        if (isUnset(value)) return "";
        if (typeof value !== "string") return undefined;
        const prefix = value.endsWith("/") ? value : `${value}/`;
        return PREFIX.test(prefix) ? prefix : undefined;
      },
    ),
    access_key_id: leaf("must be a key id without spaces", readSecret),
    secret_access_key: leaf("must be a key without spaces", readSecret),
    force_path_style: flag(),
    redirect_downloads: flag(),
  });
}

/**
 * Problems that no single key shows, found in the configuration as written: they are reported beside the problems of
 * the keys, and not only once those are solved.
 */
export function s3Problems(name: string, written: unknown): { key: string; rule: string }[] {
  const { driver, s3 } = record(written);
  const section = record(s3);
  const isSet = (key: string) => !isUnset(section[key]);
  const problems: { key: string; rule: string }[] = [];
  if (driver === "s3" && !isSet("bucket"))
    problems.push({ key: "bucket", rule: "must be set when storage.driver is s3" });
  for (const [one, other] of [
    ["access_key_id", "secret_access_key"],
    ["secret_access_key", "access_key_id"],
  ] as const) {
    if (isSet(one) && !isSet(other))
      problems.push({ key: other, rule: `must be set when ${name}.s3.${one} is` });
  }
  return problems;
}

function isUnset(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function readSecret(value: unknown): string | null | undefined {
  if (isUnset(value)) return null;
  return typeof value === "string" && /^[\x21-\x7e]{1,512}$/.test(value) ? value : undefined;
}

/** Keys in the address would end up in messages and logs. */
function readEndpoint(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const { protocol, username, password, pathname, search, hash, origin } = new URL(value);
  const isPlain = username === "" && password === "" && search === "" && hash === "";
  return /^https?:$/.test(protocol) && isPlain && pathname === "/" ? origin : undefined;
}
