"use client";

import { PackagePlus } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

/** Little-endian length 64, a header of 64 bytes, then 1.0 and 2.0 as 32-bit floats. */
const TINY_MODEL = String.raw`printf '@\0\0\0\0\0\0\0%s     \0\0\200\77\0\0\0\100' \
  '{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' \
  > model.safetensors`;

/** What to do with an empty registry: two commands that work as they are. */
export function FreshRegistry({ origin, inTrash }: { origin: string; inTrash: number }) {
  const t = useTranslations("overview.fresh");
  const copyLabel = useTranslations("common")("copyCommand");
  const register = `curl -F name=my-model -F file=@model.safetensors \\\n  ${origin}/models`;
  return (
    <EmptyState icon={PackagePlus} title={t("title")} description={t("text")}>
      <ol className="flex w-full max-w-2xl flex-col gap-3 text-left">
        <li>
          <p className="mb-1 text-muted">{t("tiny")}</p>
          <CodeBlock code={TINY_MODEL} label={t("tiny")} copyLabel={copyLabel} />
        </li>
        <li>
          <p className="mb-1 text-muted">{t("send")}</p>
          <CodeBlock code={register} label={t("send")} copyLabel={copyLabel} />
        </li>
      </ol>
      <div className="flex flex-wrap justify-center gap-2">
        <LinkButton href="/register" variant="primary">
          {t("browser")}
        </LinkButton>
        <LinkButton href="/docs/api">{t("docs")}</LinkButton>
      </div>
      {inTrash > 0 && (
        <Link href="/trash" className="text-accent hover:underline">
          {t("trashed", { count: inTrash })}
        </Link>
      )}
    </EmptyState>
  );
}
