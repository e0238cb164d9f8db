import { useTranslations } from "next-intl";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { ALERT_KINDS } from "#lib/alerts/kinds.ts";
import type { AlertWire } from "#lib/alerts/schema.ts";

const HOUR_MS = 60 * 60 * 1000;
export const SILENCE_MS = {
  "1h": HOUR_MS,
  "4h": 4 * HOUR_MS,
  "1d": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
  "30d": 30 * 24 * HOUR_MS,
} as const;
const DURATIONS = Object.keys(SILENCE_MS) as (keyof typeof SILENCE_MS)[];

export function SilenceFields({
  alert,
}: {
  alert: Pick<AlertWire, "kind" | "subject"> | undefined;
}) {
  const t = useTranslations("alerts");
  return (
    <>
      <Field label={t("silence.kind")}>
        {(control) => (
          <Select {...control} name="kind" defaultValue={alert?.kind ?? ""}>
            <option value="">{t("silence.every")}</option>
            {ALERT_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`kinds.${kind}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("silence.subject")} hint={t("silence.subjectHint")}>
        {(control) => (
          <Input
            {...control}
            name="subject"
            required
            maxLength={400}
            defaultValue={alert?.subject ?? "*"}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t("silence.duration")}>
        {(control) => (
          <Select {...control} name="duration" defaultValue="4h">
            {DURATIONS.map((duration) => (
              <option key={duration} value={duration}>
                {t(`silence.durations.${duration}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  );
}
