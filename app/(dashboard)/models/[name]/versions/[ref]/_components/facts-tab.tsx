import { useTranslations } from "next-intl";
import { StoredBytes } from "#components/storage/stored-bytes.tsx";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { Bytes, Count, Digest, RelativeTime } from "#components/ui/format.tsx";
import { VerdictNotice } from "#components/versions/verdict-notice.tsx";
import type { ImportStanding } from "#lib/models/import-standing.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { BytesElsewhereNotice } from "./bytes-elsewhere.tsx";
import { DtypesCard } from "./dtypes-card.tsx";
import { FindingsCard } from "./findings-card.tsx";
import { SignatureCard } from "./signature-card.tsx";

/** The facts from the bytes, the client's claims, and the scan's findings. */
export function FactsTab(props: {
  version: VersionFacts;
  importing: ImportStanding | null;
  /** The supported versions of the framework, where this one is none of them. */
  supported: string | null;
}) {
  const { version, importing, supported } = props;
  const t = useTranslations("version.facts");
  const common = useTranslations("common");
  const declared = version.framework_declared;
  const producer = Object.entries(version.producer);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {version.location === null ? (
        <VerdictNotice version={version} />
      ) : (
        <BytesElsewhereNotice location={version.location} importing={importing} />
      )}
      <FindingsCard findings={version.scan.findings} />
      <div className="grid gap-4 xl:grid-cols-2">
        <Card title={t("heading")}>
          <FactList
            facts={[
              { label: t("framework"), value: common(`framework.${version.framework}`) },
              {
                label: t("declared"),
                value: declared === null ? t("notDeclared") : common(`framework.${declared}`),
              },
              version.framework_version === null
                ? null
                : {
                    label: t("frameworkVersion"),
                    value: (
                      <>
                        {version.framework_version}
                        {supported !== null && (
                          <p className="text-warn">{t("unsupported", { supported })}</p>
                        )}
                      </>
                    ),
                  },
              { label: t("format"), value: common(`format.${version.format}`) },
              {
                label: t("parameters"),
                value:
                  version.parameters === null ? t("unknown") : <Count value={version.parameters} />,
              },
              { label: t("tensors"), value: <Count value={version.tensors} /> },
              { label: t("size"), value: <Bytes value={version.size_bytes} /> },
              {
                label: t("stored"),
                value: <StoredBytes stored={version.stored_bytes} size={version.size_bytes} />,
              },
              {
                label: t("digest"),
                value: <Digest value={version.digest} copyLabel={common("copyDigest")} />,
              },
              version.sha256 === undefined
                ? null
                : {
                    label: t("sha256"),
                    value: (
                      <Digest value={`sha256:${version.sha256}`} copyLabel={t("copySha256")} />
                    ),
                  },
              {
                label: t("registered"),
                value: (
                  <>
                    <RelativeTime value={version.created_at} /> · {version.created_by}
                  </>
                ),
              },
              { label: t("downloads"), value: <Count value={version.downloads} /> },
            ]}
          />
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          <DtypesCard dtypes={version.dtypes} />
          {producer.length > 0 && (
            <Card title={t("producer")}>
              <FactList facts={producer.map(([label, value]) => ({ label, value }))} />
            </Card>
          )}
        </div>
      </div>
      {version.signature && (
        <SignatureCard signature={version.signature} isGiven={version.signature_given} />
      )}
    </div>
  );
}
