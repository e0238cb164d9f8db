"use client";

import { useTranslations } from "next-intl";
import { MethodBadge } from "./method-badge.tsx";
import type { Operation } from "./operations.ts";

/** Links to the operations beside them; on a phone only the search leads there. */
export function OperationIndex({ groups }: { groups: readonly [string, Operation[]][] }) {
  const t = useTranslations("apiDocs");
  return (
    <nav aria-label={t("groups")} lang="en" className="max-lg:hidden">
      {groups.map(([group, operations]) => (
        <div key={group} className="mb-3">
          <p className="px-1 pb-0.5 font-medium text-muted text-xs">{group}</p>
          <ul>
            {operations.map(({ id, method, summary }) => (
              <li key={id}>
                <a
                  href={`#${id}`}
                  title={summary}
                  className="flex min-h-7 items-center gap-2 rounded px-1 text-[13px] hover:bg-sunken hover:text-accent"
                >
                  <MethodBadge method={method} className="w-13 justify-center" />
                  <span className="min-w-0 truncate">{id}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
