import { useTranslations } from "next-intl";
import { VerifyButton } from "#components/storage/verify-button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Bytes, Count, RelativeTime } from "#components/ui/format.tsx";
import type { StorageWire } from "#lib/blobs/schema.ts";
import { DamagedBlobs } from "./damaged-blobs.tsx";
import { Fact } from "./fact.tsx";
import { RunState } from "./run-state.tsx";

/** Whether the stored bytes are still the right ones: when they were verified, and what is wrong. */
export function TrustCard({ scrub }: { scrub: StorageWire["scrub"] }) {
  const t = useTranslations("storage.trust");
  return (
    <Card
      title={t("title")}
      actions={<VerifyButton target={{}} isRunning={scrub.current !== null} />}
    >
      <dl className="grid grid-cols-2 gap-4">
        <Fact
          label={t("damaged")}
          tone={scrub.damaged_blobs > 0 ? "danger" : undefined}
          href={scrub.damaged.length > 0 ? "#damaged" : undefined}
        >
          <Count value={scrub.damaged_blobs} />
        </Fact>
        <Fact label={t("unverified")} hint={t("unverifiedHint")}>
          <Count value={scrub.unverified_blobs} />
        </Fact>
        <Fact label={t("lastFull")}>
          {scrub.last_full_at ? <RelativeTime value={scrub.last_full_at} /> : t("never")}
        </Fact>
        <Fact label={t("oldest")} hint={t("oldestHint")}>
          {scrub.oldest_verified_at ? (
            <RelativeTime value={scrub.oldest_verified_at} />
          ) : (
            t("never")
          )}
        </Fact>
        {scrub.quarantine.files > 0 && (
          <Fact
            label={t("quarantine")}
            hint={t("quarantineHint", { files: scrub.quarantine.files })}
          >
            <Bytes value={scrub.quarantine.bytes} />
          </Fact>
        )}
      </dl>
      <RunState kind="scrub" current={scrub.current} last={scrub.last} />
      {scrub.damaged.length > 0 && (
        <div id="damaged" className="scroll-mt-4">
          <DamagedBlobs blobs={scrub.damaged} total={scrub.damaged_blobs} />
        </div>
      )}
    </Card>
  );
}
