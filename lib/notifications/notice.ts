/** What people are told of an alert. */
import type { AlertKind, Severity } from "#lib/alerts/kinds.ts";
import type { Delivery } from "#lib/db/generated/client.ts";
import { getTranslations } from "./notice-texts.ts";
import type { Language } from "./schema.ts";

/** What a row of the outbox has for a contact point: the alert as it was. */
export type NoticeData = {
  at: string;
  alert: {
    id: string;
    kind: AlertKind;
    severity: Severity;
    subject: string;
    model: string | null;
    detail: Record<string, unknown>;
    opened_at: string;
    resolved_at: string | null;
  } | null;
};

export type Notice = {
  title: string;
  lines: string[];
  links: { alert: string; charts: string } | null;
};

/** The charts of an hour end so long after the alert, so that it is not at their edge. */
const AFTER_MS = 15 * 60 * 1000;
/** Of one value of the detail; a mail is no place for more. */
const VALUE_MAX_LENGTH = 500;

export function noticeOf(
  { event, data }: Pick<Delivery, "event" | "data">,
  { language, publicUrl }: { language: Language; publicUrl: string | null },
): Notice {
  const t = getTranslations("notices", language);
  const alerts = getTranslations("alerts", language);
  const { alert } = data as unknown as NoticeData;
  if (alert === null) return { title: t("testTitle"), lines: [t("testText")], links: null };
  const { subject, opened_at, resolved_at, detail } = alert;
  const kind = alerts(`kinds.${alert.kind}`);
  const severity = alerts(`severities.${alert.severity}`);
  const time = (text: string) =>
    new Intl.DateTimeFormat(language, {
      dateStyle: "medium",
      timeStyle: "medium",
      timeZone: "UTC",
    }).format(new Date(text));
  return {
    title:
      event === "alert.resolved"
        ? t("resolved", { kind, subject })
        : t("opened", { severity, kind, subject }),
    lines: [
      t("since", { time: time(opened_at) }),
      ...(resolved_at === null ? [] : [t("until", { time: time(resolved_at) })]),
      ...Object.entries(detail).map(([name, value]) => `${name}: ${textOf(value)}`),
    ],
    links: publicUrl === null ? null : linksOf(publicUrl, alert),
  };
}

/** As lines of text, for mail and chat. */
export function noticeText(notice: Notice, language: Language): string {
  const t = getTranslations("notices", language);
  const { lines, links } = notice;
  if (links === null) return lines.join("\n");
  return [
    ...lines,
    "",
    t("alertLink", { url: links.alert }),
    t("chartsLink", { url: links.charts }),
  ].join("\n");
}

function linksOf(publicUrl: string, { id, opened_at }: { id: string; opened_at: string }) {
  const until = new Date(Date.parse(opened_at) + AFTER_MS).toISOString();
  return {
    alert: `${publicUrl}/alerts/${id}`,
    charts: `${publicUrl}/monitoring?range=1h&until=${until}`,
  };
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.slice(0, VALUE_MAX_LENGTH);
}
