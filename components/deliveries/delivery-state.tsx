import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { DeliveryWire, DeliveryState as State } from "#lib/deliveries/schema.ts";

const TONES: Record<State, Tone> = {
  pending: "accent",
  delivered: "ok",
  failed: "danger",
  withheld: "warn",
};

/** How it stands, and when it is tried again. */
export function DeliveryState({ delivery }: { delivery: DeliveryWire }) {
  const t = useTranslations("deliveries");
  const { state, attempts, next_attempt_at } = delivery;
  return (
    <>
      <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>
      {attempts > 0 && next_attempt_at !== null && (
        <p className="text-muted text-xs">
          {t.rich("next", { time: () => <RelativeTime value={next_attempt_at} /> })}
        </p>
      )}
    </>
  );
}
