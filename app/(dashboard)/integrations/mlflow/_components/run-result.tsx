import { useLocale, useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import type { OperationWire } from "#lib/operations/schema.ts";

/** How a run stands or ended, and what came of it. */
export function RunResult({ operation }: { operation: OperationWire }) {
  const t = useTranslations("mlflowSync");
  const states = useTranslations("operations");
  const locale = useLocale();
  const { state, progress, created_at, finished_at, error } = operation;
  const count = (name: string) => progress[name] ?? 0;
  const conflicts = count("conflicts");
  const problems = count("problems");
  return (
    <div className="flex flex-col items-start gap-1">
      <span className="flex flex-wrap items-center gap-1">
        <Badge tone={toneOf(operation)}>{states(`states.${state}`)}</Badge>
        {conflicts > 0 && <Badge tone="warn">{t("conflictCount", { count: conflicts })}</Badge>}
        {problems > 0 && <Badge tone="danger">{t("problemCount", { count: problems })}</Badge>}
      </span>
      <p className="text-muted text-xs">
        {t("counts", {
          pulled: formatInteger(count("pulled_versions"), locale),
          pushed: formatInteger(count("pushed_versions"), locale),
        })}
        {"; "}
        <RelativeTime value={finished_at ?? created_at} />
      </p>
      {state !== "done" && error && (
        <p className="text-danger text-xs [overflow-wrap:anywhere]">{error}</p>
      )}
    </div>
  );
}

const TONES: Record<OperationWire["state"], Tone> = {
  queued: "neutral",
  running: "accent",
  done: "ok",
  failed: "danger",
  cancelled: "warn",
};
const toneOf = ({ state }: OperationWire): Tone => TONES[state];
