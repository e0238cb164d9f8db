import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Bytes, Count } from "#components/ui/format.tsx";
import type { StorageWire } from "#lib/blobs/schema.ts";
import { CollectButton } from "./collect-button.tsx";
import { DryRun } from "./dry-run.tsx";
import { Fact } from "./fact.tsx";
import { RunState } from "./run-state.tsx";

/** The blobs that nothing holds any more, and the buttons to free them. */
export function CollectionCard({ storage }: { storage: StorageWire }) {
  const t = useTranslations("storage.collection");
  const { collection } = storage;
  return (
    <Card
      title={t("title")}
      actions={
        <CollectButton
          blobs={storage.reclaimable_blobs}
          bytes={storage.reclaimable_bytes}
          isRunning={collection.current !== null}
        />
      }
    >
      <dl className="grid grid-cols-2 gap-4">
        <Fact label={t("reclaimable")}>
          <Bytes value={storage.reclaimable_bytes} />
        </Fact>
        <Fact label={t("blobs")}>
          <Count value={storage.reclaimable_blobs} />
        </Fact>
      </dl>
      <p className="mt-3 text-muted">{t("text")}</p>
      <RunState kind="collection" current={collection.current} last={collection.last} />
      <DryRun />
    </Card>
  );
}
