import { SearchX } from "lucide-react";
import { getTranslations } from "next-intl/server";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { compareEach } from "#lib/models/compare-each.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { VersionWire } from "#lib/models/schema.ts";
import { CardDiff } from "./card-diff.tsx";
import { ComparedSignatures } from "./compared-signatures.tsx";
import { ComparisonSummary } from "./comparison-summary.tsx";
import { DifferencesSwitch } from "./differences-switch.tsx";
import { FactsTable } from "./facts-table.tsx";
import { ComparedFiles } from "./files-table.tsx";
import type { Chosen } from "./read-choices.ts";
import { TensorsCard } from "./tensors-card.tsx";
import { ValuesTables } from "./values-tables.tsx";
import { VersionChooser } from "./version-chooser.tsx";

type ComparisonProps = {
  ctx: ModelCtx;
  model: string;
  suggestions: readonly string[];
  from: Chosen;
  to: readonly Chosen[];
  showsAll: boolean;
};

/** The chosen versions side by side; those that are not there are named, and the others compared. */
export async function Comparison(props: ComparisonProps) {
  const { ctx, model, suggestions, from, to, showsAll } = props;
  const t = await getTranslations("compare");
  // A text that can be no version is one that is not there.
  const refs = to.map(({ choice }) => choice ?? { model: undefined, ref: "@ none" });
  const compared = await compareEach(ctx, {
    name: model,
    from: from.choice?.ref ?? "@ none",
    to: refs,
  });
  const { base } = compared;
  const found = [base, ...compared.others.map(({ version }) => version)];
  const choices = [from, ...to].map(({ text }, at) => ({
    text,
    found: found[at] ? { model: found[at].model, version: found[at].version } : null,
  }));
  const missing = choices.filter((choice) => choice.found === null);
  const others = compared.others.flatMap(({ version, comparison }, at) =>
    version && comparison ? [{ text: choices[at + 1]?.text ?? "", version, comparison }] : [],
  );
  const labelOf = (version: VersionWire, text: string) => {
    const own = version.model === base?.model ? "" : `${version.model} `;
    const name = `${own}${version.version}`;
    // `latest` and an alias may name a version that is there already.
    return text.includes("@") || text.endsWith("latest") ? `${name} (${text})` : name;
  };
  const labelled = others.map(({ version, text, comparison }) => ({
    label: labelOf(version, text),
    comparison,
  }));
  const baseLabel = base === null ? "" : labelOf(base, from.text);
  const labels = [baseLabel, ...labelled.map(({ label }) => label)];
  const versions = base === null ? [] : [base, ...others.map(({ version }) => version)];
  const shared = { versions, labels, showsAll };
  return (
    <>
      <VersionChooser model={model} suggestions={suggestions} choices={choices} />
      {missing.map(({ text }) => (
        <FormError key={text}>{t("missing", { version: text })}</FormError>
      ))}
      {base === null || others.length === 0 ? (
        <EmptyState icon={SearchX} title={t("missingTitle")} description={t("missingText")} />
      ) : (
        <>
          <ComparisonSummary others={labelled} />
          <div className="mb-3">
            <DifferencesSwitch />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            <FactsTable {...shared} />
            <ComparedSignatures others={labelled} />
            <ValuesTables {...shared} />
            <ComparedFiles {...shared} />
            <TensorsCard
              key={versions.map(({ digest }) => digest).join(" ")}
              model={base.model}
              labels={labels}
              from={base.version}
              to={others.map(({ version }) =>
                version.model === base.model
                  ? version.version
                  : `${version.model}/${version.version}`,
              )}
              showsAll={showsAll}
            />
            <CardDiff base={baseLabel} others={labelled} showsAll={showsAll} />
          </div>
        </>
      )}
    </>
  );
}
