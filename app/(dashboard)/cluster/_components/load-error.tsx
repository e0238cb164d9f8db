import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import type { LoadWire } from "#lib/cluster/schema.ts";
import { isErrorCode } from "./error-codes.ts";

/** Why a load failed, in words that say what to do; below it what the agent said. */
export function LoadError(props: {
  error: LoadWire["error"];
  /** In a list a few lines are enough: the load's page has all of them. */
  isShort?: boolean;
}) {
  const { error } = props;
  const t = useTranslations("cluster.errors");
  if (error === null) return null;
  const { code, detail } = error;
  return (
    <div className="mt-1 max-w-prose text-xs">
      <p className="text-danger">{t(isErrorCode(code) ? code : "unknown")}</p>
      {detail && (
        <p
          className={cn(
            "text-muted whitespace-pre-line [overflow-wrap:anywhere]",
            props.isShort && "line-clamp-3",
          )}
        >
          {detail}
        </p>
      )}
    </div>
  );
}
