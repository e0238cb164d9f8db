"use client";

import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { FieldTable } from "./field-table.tsx";
import type { Body } from "./operations.ts";

/** A body in one line. Its fields are in the page only when it is opened. */
export function BodyFields(props: { body: Body | null; operation: string; lead?: string }) {
  const t = useTranslations("apiDocs");
  const [isOpen, setIsOpen] = useState(false);
  const { body, lead } = props;
  const what = (
    <>
      {lead && <span lang="en">{lead}</span>}
      <code className="font-mono text-[13px] text-muted">
        {body ? `${body.mediaType} ${body.type}` : t("noBody")}
      </code>
    </>
  );
  if (!body || body.fields.length === 0) {
    return <p className="flex flex-wrap gap-x-3 rounded-md px-2 py-1 pl-8">{what}</p>;
  }
  return (
    <details
      className="min-w-0 rounded-md border border-line"
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className="flex min-h-8 list-none items-center gap-2 rounded-md px-2 py-1 hover:bg-sunken">
        <ChevronRight
          aria-hidden
          className={`size-4 shrink-0 text-muted transition-transform ${isOpen ? "rotate-90" : ""}`}
        />
        <span className="flex min-w-0 flex-wrap gap-x-3">{what}</span>
      </summary>
      {isOpen && (
        <div className="border-line border-t p-2">
          <FieldTable
            fields={body.fields}
            label={t("bodyOf", { operation: props.operation, type: body.mediaType })}
          />
        </div>
      )}
    </details>
  );
}
