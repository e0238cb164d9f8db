/** Schedules: five fields of cron, in UTC. */
import { Cron } from "croner";

/** One that will come, at some time. */
export function isSchedule(pattern: string): boolean {
  try {
    return cron(pattern).nextRun() !== null;
  } catch {
    return false;
  }
}

/** The first time after `after` at which a schedule is due. */
export function nextTime(pattern: string, after: Date): Date | null {
  return cron(pattern).nextRun(after);
}

const cron = (pattern: string) => new Cron(pattern, { mode: "5-part", timezone: "UTC" });
