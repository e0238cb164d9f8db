import { describe, expect, it } from "vitest";
import { nextTime } from "#lib/wire/cron.ts";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const load = (settings: Record<string, string>) =>
  loadConfig(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`MODEL_REGISTRY_BACKUP__${key}`, value]),
    ),
  );
const problemsOf = (settings: Record<string, string>) => {
  try {
    load(settings);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

describe("the settings of backups", () => {
  it("are a schedule, and a folder beside the models, without any", () => {
    expect(load({}).backup).toMatchObject({
      schedule: "0 3 * * *",
      drillSchedule: "0 5 * * 0",
      target: { kind: "folder", folder: null },
      keep: { daily: 7, weekly: 4, monthly: 12 },
      passphrase: null,
    });
  });

  it("name a folder or a bucket", () => {
    const targetOf = (TARGET: string) => load({ TARGET }).backup.target;
    expect(targetOf("/mnt/backup")).toEqual({ kind: "folder", folder: "/mnt/backup" });
    expect(targetOf("s3://backups")).toEqual({ kind: "bucket", bucket: "backups", prefix: "" });
    expect(targetOf("s3://backups/a/b")).toMatchObject({ bucket: "backups", prefix: "a/b/" });
    expect(load({ SCHEDULE: "off" }).backup.schedule).toBeNull();
  });

  it.each([
    [{ SCHEDULE: "every night" }, "backup.schedule must be five fields of cron"],
    [{ SCHEDULE: "* * * * * *" }, "backup.schedule must be five fields of cron"],
    [{ SCHEDULE: "0 3 31 2 *" }, "backup.schedule must be five fields of cron"],
    [{ TARGET: "https://example.org/x" }, "backup.target must be a folder"],
    [{ TARGET: "s3://UPPER/x" }, "backup.target must be a folder"],
    [{ TARGET: "s3:///x" }, "backup.target must be a folder"],
    [{ TARGET: "s3://backups/../x" }, "backup.target must be a folder"],
    [{ KEEP__DAILY: "-1" }, "backup.keep.daily must be a whole number"],
    [{ S3__ACCESS_KEY_ID: "key" }, "backup.s3.secret_access_key must be set"],
  ])("that are wrong are refused: %o", (settings, problem) => {
    expect(problemsOf(settings as Record<string, string>).join("\n")).toContain(problem);
  });

  it("never tell a passphrase or a key", () => {
    const problems = problemsOf({ PASSPHRASE: "short-one", S3__SECRET_ACCESS_KEY: "with space" });
    expect(problems.join("\n")).toContain("backup.passphrase must have at least 12 characters");
    expect(problems.join("\n")).not.toMatch(/short-one|with space/);
    expect(problems.length).toBeGreaterThan(1);
    expect(() => load({ PASSPHRASE: "short-one" })).toThrow(ConfigError);
  });
});

it("a schedule is in UTC", () => {
  const next = nextTime("0 3 * * *", new Date("2026-11-29T03:00:00Z"));
  expect(next?.toISOString()).toBe("2026-11-30T03:00:00.000Z");
});
