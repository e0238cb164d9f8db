import { ALERT_KINDS, type AlertKind, SEVERITIES, type Severity } from "#lib/alerts/kinds.ts";

export const ALERT_STATES = ["open", "over", "all"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Without a state the open ones are shown. */
export type AlertsAddress = {
  state?: AlertState;
  severity?: Severity;
  kind?: AlertKind;
  cursor?: string;
};
export type AlertsParams = Record<string, string | string[] | undefined>;

/** What the page shows, from its address; what is not understood is left out. */
export function parseAlertsAddress(params: AlertsParams): AlertsAddress {
  const state = ALERT_STATES.find((known) => known === params.state);
  const severity = SEVERITIES.find((known) => known === params.severity);
  const kind = ALERT_KINDS.find((known) => known === params.kind);
  const { cursor } = params;
  return {
    ...(state && state !== "open" ? { state } : {}),
    ...(severity ? { severity } : {}),
    ...(kind ? { kind } : {}),
    ...(typeof cursor === "string" && cursor !== "" ? { cursor } : {}),
  };
}

/** The address as a link; what is not chosen is left out. */
export function alertsHref(address: AlertsAddress): string {
  const search = new URLSearchParams(
    Object.entries(address).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  return search.size > 0 ? `/alerts?${search}` : "/alerts";
}

/** The charts go on for so long after it, so that it is not at their edge. */
const AFTER_MS = 15 * 60 * 1000;

/** The charts of the hour in which it opened. */
export function chartsHref(openedAt: string): string {
  const until = new Date(Date.parse(openedAt) + AFTER_MS).toISOString();
  return `/monitoring?${new URLSearchParams({ range: "1h", until })}`;
}
