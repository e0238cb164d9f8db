import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import type { LoadWire, LoadState as State } from "#lib/cluster/schema.ts";

const TONES: Record<State, Tone> = {
  queued: "neutral",
  running: "accent",
  succeeded: "ok",
  failed: "danger",
  cancelled: "warn",
};

/** Where it stands, and what happens next where the state alone does not say it. */
export function LoadState({ load }: { load: LoadWire }) {
  const t = useTranslations("cluster.loads");
  const { state, attempts, cancel_requested } = load;
  return (
    <>
      <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>
      {state === "running" && cancel_requested && (
        <p className="text-muted text-xs">{t("isEnding")}</p>
      )}
      {(state === "queued" || state === "running") && attempts > 0 && (
        <p className="text-muted text-xs">{t("again", { attempts })}</p>
      )}
    </>
  );
}
