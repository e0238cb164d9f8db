import Link from "next/link";
import { useTranslations } from "next-intl";
import { BlobLink } from "#components/storage/blob-link.tsx";

const MODEL = "model:";

/** What it is about, as a link where there is a page of it. */
export function OperationSubject({ subject }: { subject: string | null }) {
  const t = useTranslations("operations");
  if (subject === null) return <span className="text-muted">{t("everything")}</span>;
  if (subject.startsWith("sha256:")) return <BlobLink digest={subject} />;
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
