import { useTranslations } from "next-intl";
import type { VersionWire } from "#lib/models/schema.ts";

type Json = VersionWire["metadata"][string];

/** Below this depth a value is shown as one line of JSON. */
const DEPTH_MAX = 12;
/** A reader takes in no more; the copied JSON has everything. */
const ENTRIES_MAX = 200;

/** JSON as nested, collapsible lists; the first levels are open. */
export function JsonView({ value, depth = 0 }: { value: Json; depth?: number }) {
  const t = useTranslations("version.metadata");
  if (value === null || typeof value !== "object" || depth > DEPTH_MAX) {
    return <Leaf value={value} />;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return <Leaf value={value} />;
  return (
    <ul className={depth === 0 ? "" : "ml-1.5 border-line border-l pl-3"}>
      {entries.slice(0, ENTRIES_MAX).map(([key, child]) => {
        const size = child !== null && typeof child === "object" ? Object.keys(child).length : 0;
        if (size === 0 || depth === DEPTH_MAX) {
          return (
            <li key={key} className="flex flex-wrap gap-x-2 py-0.5">
              <span className="text-muted [overflow-wrap:anywhere]">{key}:</span>
              <Leaf value={child} />
            </li>
          );
        }
        return (
          <li key={key} className="py-0.5">
            <details open={depth < 1}>
              <summary className="min-h-target [overflow-wrap:anywhere]">
                <span className="text-muted">{key}</span>{" "}
                <span className="font-sans text-muted text-xs">
                  {t("entries", { count: size })}
                </span>
              </summary>
              <JsonView value={child} depth={depth + 1} />
            </details>
          </li>
        );
      })}
      {entries.length > ENTRIES_MAX && (
        <li className="py-0.5 font-sans text-muted">
          {t("more", { count: entries.length - ENTRIES_MAX })}
        </li>
      )}
    </ul>
  );
}

function Leaf({ value }: { value: Json }) {
  return (
    <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
      {JSON.stringify(value)}
    </span>
  );
}
