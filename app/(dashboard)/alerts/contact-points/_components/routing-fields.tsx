import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { ALERT_KINDS, SEVERITIES } from "#lib/alerts/kinds.ts";
import { type ContactPointWire, LANGUAGES } from "#lib/notifications/schema.ts";

/** What it is told of, and in which language. */
export function RoutingFields(props: {
  point: ContactPointWire | undefined;
  /** The reader's own, for a new one. */
  language: string;
}) {
  const t = useTranslations("alerts.contacts");
  const alerts = useTranslations("alerts");
  const { point } = props;
  const isChosen = (severity: (typeof SEVERITIES)[number]) =>
    point === undefined || point.severities.length === 0 || point.severities.includes(severity);
  return (
    <>
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-1 font-medium">{t("severities")}</legend>
        {SEVERITIES.map((severity) => (
          <CheckField
            key={severity}
            name="severities"
            value={severity}
            defaultChecked={isChosen(severity)}
          >
            {alerts(`severities.${severity}`)}
          </CheckField>
        ))}
      </fieldset>
      <details className="group">
        <summary className="flex min-h-target cursor-pointer items-center gap-1 rounded font-medium">
          <ChevronRight
            aria-hidden
            className="size-4 shrink-0 transition-transform group-open:rotate-90"
          />
          {t("onlyKinds")}
        </summary>
        <p className="mb-1 text-muted text-xs">{t("allKinds")}</p>
        <div className="grid gap-1.5 sm:grid-cols-2">
          {ALERT_KINDS.map((kind) => (
            <CheckField
              key={kind}
              name="kinds"
              value={kind}
              defaultChecked={point?.kinds.includes(kind) ?? false}
            >
              {alerts(`kinds.${kind}`)}
            </CheckField>
          ))}
        </div>
      </details>
      <Field label={t("language")}>
        {(control) => (
          <Select {...control} name="language" defaultValue={point?.language ?? props.language}>
            {LANGUAGES.map((language) => (
              <option key={language} value={language}>
                {t(`languages.${language}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <CheckField name="tells_end" defaultChecked={point?.tells_end ?? true}>
        {t("tellsEnd")}
      </CheckField>
    </>
  );
}
