import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { VersionWire } from "#lib/models/schema.ts";
import { JsonView } from "./json-view.tsx";

/** The JSON that came with the registration; it never changes. */
export function MetadataTab({ metadata }: { metadata: VersionWire["metadata"] }) {
  const t = useTranslations("version.metadata");
  if (Object.keys(metadata).length === 0) {
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} description={t("emptyText")} />
      </Card>
    );
  }
  return (
    <Card
      title={t("heading")}
      actions={<CopyButton value={JSON.stringify(metadata, null, 2)} label={t("copy")} showLabel />}
      bodyClassName="font-mono text-[13px]"
    >
      <JsonView value={metadata} />
    </Card>
  );
}
