import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { WEBHOOK_EVENTS, type WebhookWire } from "#lib/webhooks/schema.ts";

export function WebhookFields(props: {
  webhook: WebhookWire | undefined;
  errors: Record<string, string>;
}) {
  const t = useTranslations("webhooks");
  const common = useTranslations("common");
  const { webhook, errors } = props;
  // What the interface was given beside the known ones, such as `version.*`, stays.
  const others = (webhook?.events ?? []).filter((event) => !WEBHOOK_EVENTS.includes(event));
  return (
    <>
      <Field label={t("url")} hint={t("urlHint")} error={errors.url ?? null}>
        {(control) => (
          <Input
            {...control}
            name="url"
            type="url"
            required
            maxLength={2048}
            defaultValue={webhook?.url ?? ""}
            placeholder="https://example.org/hook"
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t("description")} optionalLabel={common("optional")}>
        {(control) => (
          <Input
            {...control}
            name="description"
            maxLength={200}
            defaultValue={webhook?.description ?? ""}
            autoComplete="off"
          />
        )}
      </Field>
      <Field label={t("models")} hint={t("modelsHint")} error={errors.models ?? null}>
        {(control) => (
          <Input
            {...control}
            name="models"
            defaultValue={webhook?.models.join(", ") ?? ""}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <details className="group">
        <summary className="flex min-h-target cursor-pointer items-center gap-1 rounded font-medium">
          <ChevronRight
            aria-hidden
            className="size-4 shrink-0 transition-transform group-open:rotate-90"
          />
          {t("onlyEvents")}
        </summary>
        <p className="mb-1 text-muted text-xs">{t("eventsHint")}</p>
        <div className="grid gap-1.5 sm:grid-cols-2">
          {[...others, ...WEBHOOK_EVENTS].map((event) => (
            <CheckField
              key={event}
              name="events"
              value={event}
              defaultChecked={webhook?.events.includes(event) ?? false}
            >
              <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{event}</code>
            </CheckField>
          ))}
        </div>
      </details>
    </>
  );
}
