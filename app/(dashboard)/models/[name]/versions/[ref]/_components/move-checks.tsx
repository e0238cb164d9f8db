import { Check, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { MoveCheck } from "#lib/models/protection/schema.ts";
import { verdictSchema } from "#lib/wire/words.ts";

/** Each requirement and whether the version meets it; the sign is repeated in words for screen readers. */
export function MoveChecks({ checks }: { checks: readonly MoveCheck[] }) {
  const t = useTranslations("version.protected");
  return (
    <ul className="flex flex-col gap-1 text-[13px]">
      {checks.map((check) => {
        const Sign = check.passes ? Check : X;
        return (
          <li key={`${check.kind} ${check.wanted}`} className="flex items-baseline gap-1.5">
            <Sign
              aria-hidden
              className={`size-3.5 shrink-0 self-center ${check.passes ? "text-ok" : "text-danger"}`}
            />
            <span className="sr-only">{t(check.passes ? "met" : "notMet")}</span>
            <CheckText check={check} />
          </li>
        );
      })}
    </ul>
  );
}

function CheckText({ check }: { check: MoveCheck }) {
  const t = useTranslations("version.protected.check");
  const common = useTranslations("common");
  const { kind, passes, wanted, found } = check;
  if (kind === "verdict")
    return (
      <span>{t("verdict", { verdict: common(`verdict.${verdictSchema.parse(found)}`) })}</span>
    );
  if (kind === "metadata")
    return (
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <code className="font-mono">{wanted}</code>{" "}
        <span className="text-muted">
          {found === null ? t("nothing") : t("found", { value: found.slice(0, 100) })}
        </span>
      </span>
    );
  if (kind === "tensors") {
    if (wanted === null) return <span>{t("firstVersion")}</span>;
    return (
      <span>
        {passes
          ? t("sameTensors", { version: wanted })
          : t("otherTensors", { version: wanted, count: Number(found) })}
      </span>
    );
  }
  return <span>{t("approvals", { found: found ?? "0", wanted: wanted ?? "0" })}</span>;
}
