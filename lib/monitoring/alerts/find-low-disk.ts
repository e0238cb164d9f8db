import { forecastDisk } from "../forecast-disk.ts";
import { CLEAR_SHARE, type FindInput, type Finding } from "./finding.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Little room on the volume of the models now, and little time until there is none at the rate of the last days. */
export async function findLowDisk({ tx, config, disk }: FindInput): Promise<Finding[]> {
  if (disk === null || disk.totalBytes === 0) return [];
  const { freePercent, fullWithinMs } = config.alerts.diskLow;
  const percent = (100 * disk.freeBytes) / disk.totalBytes;
  const days = await forecastDisk(tx, disk);
  const detail = {
    free_bytes: disk.freeBytes,
    total_bytes: disk.totalBytes,
    free_percent: Math.round(percent * 10) / 10,
    full_in_days: days === null ? null : Math.round(days * 10) / 10,
  };
  const findings: Finding[] = [];
  const find = (kind: Finding["kind"], value: number, bound: number) => {
    if (value >= bound * (1 + CLEAR_SHARE)) return;
    const level = value < bound ? "over" : "between";
    findings.push({ kind, subject: "storage", level, detail });
  };
  find("disk_low", percent, freePercent);
  if (days !== null) find("disk_filling", days * DAY_MS, fullWithinMs);
  return findings;
}
