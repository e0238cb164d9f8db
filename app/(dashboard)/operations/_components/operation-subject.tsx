import Link from "next/link";
import { useTranslations } from "next-intl";
import { BlobLink } from "#components/storage/blob-link.tsx";

const MODEL = "model:";
/** The rule of a synchronisation, whether the run changes anything or not. */
const SYNC = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: dry-run)?$/;

/** The rules of the scan by which verdicts are made anew. */
const RULES = /^rules:([0-9]+)$/;

/** What it is about, as a link where there is a page of it. */
export function OperationSubject({ subject }: { subject: string | null }) {
  const t = useTranslations("operations");
  if (subject === null) return <span className="text-muted">{t("everything")}</span>;
  if (subject.startsWith("sha256:")) return <BlobLink digest={subject} />;
  const sync = SYNC.exec(subject)?.[1];
  if (sync !== undefined)
    return (
      <Link
        href={`/integrations/mlflow/${sync}`}
        prefetch={false}
        className="inline-flex min-h-target items-center underline"
      >
        {t(subject === sync ? "syncRule" : "syncTrial")}
      </Link>
    );
  const rules = RULES.exec(subject)?.[1];
  if (rules !== undefined)
    return <span className="text-muted">{t("rules", { number: rules })}</span>;
  if (!subject.startsWith(MODEL)) return <span className="text-muted">{subject}</span>;
  const name = subject.slice(MODEL.length);
  return (
    <Link
      href={`/models/${encodeURIComponent(name)}`}
      prefetch={false}
      className="inline-flex min-h-target items-center underline [overflow-wrap:anywhere]"
    >
      {name}
    </Link>
  );
}
