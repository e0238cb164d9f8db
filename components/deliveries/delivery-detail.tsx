import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { AttemptWire, DeliveryWire } from "#lib/deliveries/schema.ts";

/** What was sent and what was answered, opened by its reader. */
export function DeliveryDetail({ delivery }: { delivery: DeliveryWire }) {
  const t = useTranslations("deliveries");
  const [last] = delivery.log;
  return (
    <details className="group min-w-0">
      <summary className="flex min-h-target cursor-pointer items-center gap-1 rounded text-muted hover:text-ink">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 transition-transform group-open:rotate-90"
        />
        <span className="min-w-0 truncate">
          {last === undefined ? t("details") : (last.error ?? last.status ?? t("details"))}
        </span>
      </summary>
      <div className="mt-2 flex max-w-2xl flex-col gap-2 text-[13px]">
        <p className="font-medium">{t("request")}</p>
        <CodeBlock
          code={JSON.stringify(delivery.request, null, 2)}
          label={t("request")}
          copyLabel={t("copy")}
        />
        <p className="[overflow-wrap:anywhere]">
          <code className="font-mono text-xs">{delivery.message_id}</code>
        </p>
        {delivery.log.length > 0 && <Attempts log={delivery.log} />}
      </div>
    </details>
  );
}

function Attempts({ log }: { log: readonly AttemptWire[] }) {
  const t = useTranslations("deliveries");
  return (
    <>
      <p className="font-medium">{t("log")}</p>
      <ol className="flex flex-col gap-2">
        {log.map((attempt) => (
          <li key={attempt.at} className="min-w-0">
            <p className="flex flex-wrap gap-x-3 text-muted">
              <span className="font-medium text-ink">{attempt.status ?? t("noAnswer")}</span>
              <RelativeTime value={attempt.at} />
              <span>{t("took", { ms: attempt.duration_ms })}</span>
            </p>
            {attempt.error !== null && (
              <p className="text-danger [overflow-wrap:anywhere]">{attempt.error}</p>
            )}
            {attempt.answer && (
              <pre className="mt-1 max-h-40 overflow-auto whitespace-pre-wrap rounded bg-sunken p-2 font-mono text-xs [overflow-wrap:anywhere]">
                {attempt.answer}
              </pre>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
