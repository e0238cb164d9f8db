import { useTranslations } from "next-intl";
import { formatSchema, frameworkSchema, stageSchema, verdictSchema } from "#lib/wire/words.ts";
import type { MultiFacet } from "./list-address.ts";

const KNOWN = {
  framework: frameworkSchema,
  format: formatSchema,
  stage: stageSchema,
  verdict: verdictSchema,
} as const;

/** A facet's value in words; owners and tags are the users' own words. */
export function useFacetLabel(): (facet: MultiFacet | "owner", value: string) => string {
  const t = useTranslations("common");
  return (facet, value) => {
    if (facet === "owner" || facet === "tag") return value;
    const known = KNOWN[facet].safeParse(value);
    if (!known.success) return value;
    // The schema of this facet has just accepted the value, so the message exists.
    return t(`${facet}.${known.data}` as "framework.onnx");
  };
}
