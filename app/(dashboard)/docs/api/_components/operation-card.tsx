"use client";

import { Link2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { BodyFields } from "./body-fields.tsx";
import { FieldTable } from "./field-table.tsx";
import { MethodBadge } from "./method-badge.tsx";
import type { Operation } from "./operations.ts";

/** One operation; its words come from the API and are English in every language of the interface. */
export function OperationCard({ operation }: { operation: Operation }) {
  const t = useTranslations("apiDocs");
  const {
    id,
    method,
    path,
    summary,
    description,
    parameters,
    bodies,
    responses,
    errorCodes,
    curl,
  } = operation;
  return (
    <article
      id={id}
      aria-labelledby={`${id}-title`}
      className="min-w-0 rounded-lg border border-line bg-surface target:border-accent"
    >
      <header className="border-line border-b px-4 py-2.5">
        <div className="flex items-start justify-between gap-2">
          <h3 id={`${id}-title`} lang="en" className="font-semibold">
            {summary}
          </h3>
          <a
            href={`#${id}`}
            aria-label={t("linkTo", { name: id })}
            title={t("linkTo", { name: id })}
            className="inline-flex size-7 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken hover:text-ink"
          >
            <Link2 aria-hidden className="size-4" />
          </a>
        </div>
        <p className="mt-0.5 flex flex-wrap items-center gap-2">
          <MethodBadge method={method} />
          <code className="min-w-0 font-mono text-[13px] [overflow-wrap:anywhere]">{path}</code>
        </p>
      </header>
      <div className="grid min-w-0 gap-4 p-4">
        {description && (
          <p lang="en" className="max-w-prose text-muted [overflow-wrap:anywhere]">
            {description}
          </p>
        )}
        {parameters.length > 0 && (
          <Part title={t("parameters")}>
            <FieldTable fields={parameters} label={`${id}: ${t("parameters")}`} />
          </Part>
        )}
        {bodies.length > 0 && (
          <Part title={t("body")}>
            {bodies.map((body) => (
              <BodyFields key={body.mediaType} body={body} operation={id} />
            ))}
          </Part>
        )}
        <Part title={t("responses")}>
          {responses.map((response) => (
            <BodyFields
              key={response.status}
              body={response.body}
              operation={`${id} ${response.status}`}
              lead={`${response.status} ${response.description}`}
            />
          ))}
          {errorCodes.length > 0 && (
            <p className="flex flex-wrap items-center gap-x-3 px-2">
              <span className="text-muted">{t("errors")}</span>
              {errorCodes.map((code) => (
                <a
                  key={code}
                  href={`#error-${code}`}
                  className="inline-flex min-h-[24px] items-center font-mono text-[13px] text-accent hover:underline"
                >
                  {code}
                </a>
              ))}
            </p>
          )}
        </Part>
        <Part title={t("example")}>
          <CodeBlock
            code={curl}
            label={t("curlOf", { operation: id })}
            copyLabel={t("copyExample")}
          />
        </Part>
      </div>
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h4 className="mb-1.5 font-medium text-muted text-xs">{title}</h4>
      <div className="grid min-w-0 gap-1.5">{children}</div>
    </div>
  );
}
