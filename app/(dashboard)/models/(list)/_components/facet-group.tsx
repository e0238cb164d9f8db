import { Check } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { Count } from "#components/ui/format.tsx";
import { changedHref, type ListAddress, type MultiFacet, toggled } from "./list-address.ts";
import { useFacetLabel } from "./use-facet-label.ts";

/** More values than these are folded away. */
const SHOWN = 8;

type FacetGroupProps = {
  facet: MultiFacet | "owner";
  address: ListAddress;
  counts: Record<string, number>;
};

/** One facet: its values with counts, as links that add or remove the value. */
export function FacetGroup({ facet, address, counts }: FacetGroupProps) {
  const t = useTranslations("models");
  const chosen: readonly string[] =
    facet === "owner" ? (address.owner ? [address.owner] : []) : (address[facet] ?? []);
  // A chosen value stays in sight even when nothing matches it any more.
  const missing = chosen.filter((value) => !(value in counts)).map((value) => [value, 0] as const);
  const values = [...missing, ...Object.entries(counts)];
  if (values.length === 0) return null;
  const isSplit = values.length > SHOWN + 1;
  const item = ([value, count]: readonly [string, number]) => (
    <FacetValue
      key={value}
      facet={facet}
      value={value}
      count={count}
      isChosen={chosen.includes(value)}
      href={hrefOf(facet, address, value)}
    />
  );
  return (
    <section aria-labelledby={`facet-${facet}`} className="min-w-0">
      <h2 id={`facet-${facet}`} className="mb-1 px-2 font-medium text-muted text-xs">
        {t(`facet.${facet}`)}
      </h2>
      <ul>{(isSplit ? values.slice(0, SHOWN) : values).map(item)}</ul>
      {isSplit && (
        <details>
          <summary className="rounded px-2 py-1 text-muted text-xs hover:text-ink">
            {t("more", { count: values.length - SHOWN })}
          </summary>
          <ul>{values.slice(SHOWN).map(item)}</ul>
        </details>
      )}
    </section>
  );
}

function hrefOf(facet: FacetGroupProps["facet"], address: ListAddress, value: string): string {
  if (facet === "owner") {
    return changedHref(address, { owner: address.owner === value ? undefined : value });
  }
  return changedHref(address, { [facet]: toggled<string>(address[facet], value) });
}

function FacetValue(props: {
  facet: FacetGroupProps["facet"];
  value: string;
  count: number;
  isChosen: boolean;
  href: string;
}) {
  const { facet, value, ...link } = props;
  return <FilterLink {...link} label={useFacetLabel()(facet, value)} />;
}

/** A value that the list is filtered by, or would be. */
export function FilterLink(props: {
  label: string;
  count?: number;
  isChosen: boolean;
  href: string;
}) {
  const { label, count } = props;
  return (
    <li>
      <Link
        href={props.href}
        prefetch={false}
        scroll={false}
        aria-current={props.isChosen ? "true" : undefined}
        className={cn(
          "flex min-h-7 items-center gap-2 rounded px-2 hover:bg-sunken",
          props.isChosen && "font-medium text-accent",
        )}
      >
        <span
          aria-hidden
          className={cn(
            "flex size-3.5 shrink-0 items-center justify-center rounded-sm border border-line-strong/70",
            props.isChosen && "border-accent bg-accent text-on-accent",
          )}
        >
          {props.isChosen && <Check className="size-3" strokeWidth={3} />}
        </span>
        <span className="min-w-0 flex-1 truncate" title={label}>
          {label}
        </span>
        {count !== undefined && (
          <span className="text-muted text-xs">
            <Count value={count} />
          </span>
        )}
      </Link>
    </li>
  );
}
