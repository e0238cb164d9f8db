import { Boxes, SearchX } from "lucide-react";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { requestOrigin } from "#app/(dashboard)/_components/request-origin.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { clearedHref, type ListAddress } from "./list-address.ts";

/** Says how the first model gets into an empty registry. */
export async function NoModels() {
  const t = await getTranslations("models");
  const common = await getTranslations("common");
  const origin = requestOrigin(await headers());
  const command = [
    `curl -X POST ${origin}/models \\`,
    "  -F file=@model.pth \\",
    "  -F name=my_model \\",
    "  -F framework=pytorch",
  ].join("\n");
  return (
    <EmptyState icon={Boxes} title={t("empty.title")} description={t("empty.text")}>
      <LinkButton href="/register" variant="primary">
        {t("registerModel")}
      </LinkButton>
      <p className="text-muted">{t("empty.curl")}</p>
      <div className="w-full max-w-xl">
        <CodeBlock code={command} label={t("empty.curl")} copyLabel={common("copyCommand")} />
      </div>
    </EmptyState>
  );
}

/** Shown when no model matches the filters. */
export async function NothingMatches({ address }: { address: ListAddress }) {
  const t = await getTranslations("models");
  return (
    <EmptyState icon={SearchX} title={t("nothing.title")} description={t("nothing.text")}>
      <LinkButton href={clearedHref(address)}>{t("nothing.clear")}</LinkButton>
    </EmptyState>
  );
}
