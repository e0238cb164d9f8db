import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import type { OperationWire, OperationState as State } from "#lib/operations/schema.ts";

const TONES: Record<State, Tone> = {
  queued: "neutral",
  running: "accent",
  done: "ok",
  failed: "danger",
  cancelled: "warn",
};

/** Where it stands, and what happens next where the state alone does not say it. */
export function OperationState({ operation }: { operation: OperationWire }) {
  const t = useTranslations("operations");
  const { state, attempts, cancel_requested_at } = operation;
  const isEnding = state === "running" && cancel_requested_at !== null;
  return (
    <>
      <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>
      {isEnding && <p className="text-muted text-xs">{t("isEnding")}</p>}
      {state === "queued" && attempts > 0 && (
        <p className="text-muted text-xs">{t("triesAgain", { attempts })}</p>
      )}
    </>
  );
}
