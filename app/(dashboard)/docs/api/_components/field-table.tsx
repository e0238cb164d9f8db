"use client";

import { useTranslations } from "next-intl";
import type { Field } from "./schema-fields.ts";

const PLACES: Record<string, "inPath" | "inQuery" | "inHeader"> = {
  path: "inPath",
  query: "inQuery",
  header: "inHeader",
};

/** Fields or parameters: name and type, then what is known of their values. */
export function FieldTable(props: {
  fields: readonly (Field & { where?: string })[];
  label: string;
}) {
  const t = useTranslations("apiDocs");
  return (
    <table aria-label={props.label} className="w-full border-collapse text-left text-[13px]">
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("name")}</th>
          <th scope="col">{t("type")}</th>
          <th scope="col">{t("meaning")}</th>
        </tr>
      </thead>
      <tbody>
        {props.fields.map((field) => (
          <tr
            key={`${field.where ?? ""} ${field.name}`}
            className="border-line border-b align-top last:border-0 max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:py-1"
          >
            <th scope="row" className="py-1 pr-3 font-normal sm:w-56">
              <code className="font-mono [overflow-wrap:anywhere]">{field.name}</code>
              {field.where && (
                <span className="ml-2 text-muted text-xs">
                  {t(PLACES[field.where] ?? "inQuery")}
                </span>
              )}
              {field.isRequired && <span className="ml-2 text-warn text-xs">{t("required")}</span>}
            </th>
            <td className="py-1 pr-3 sm:w-40">
              <code className="font-mono text-muted [overflow-wrap:anywhere]">{field.type}</code>
            </td>
            <td className="py-1 text-muted [overflow-wrap:anywhere] max-sm:w-full max-sm:pt-0">
              <Meaning field={field} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Meaning({ field }: { field: Field }) {
  const t = useTranslations("apiDocs");
  return (
    <span className="flex flex-wrap gap-x-3">
      {field.description && <span lang="en">{field.description}</span>}
      {field.values && <span>{t("oneOf", { values: field.values.join(", ") })}</span>}
      {field.range && <span>{field.range}</span>}
      {field.default !== undefined && <span>{t("default", { value: field.default })}</span>}
    </span>
  );
}
