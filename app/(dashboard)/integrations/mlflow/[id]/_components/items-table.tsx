import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { ItemKind, ItemWire, Outcome } from "#lib/mlflow-sync/schema.ts";

const TONES: Record<Outcome, Tone> = { pulled: "accent", pushed: "ok", left: "warn" };
const WRAP = "[overflow-wrap:anywhere]";

/** A row for each field: what each side says, and which way it went. Problems have a reason in place of values. */
export function ItemsTable({ items, kind }: { items: readonly ItemWire[]; kind: ItemKind }) {
  const t = useTranslations("mlflowSync");
  return (
    <Table aria-label={t(`kinds.${kind}`)}>
      <TableHead>
        <tr>
          <TableHeading>{t("model")}</TableHeading>
          <TableHeading>{t("field")}</TableHeading>
          {kind === "problem" ? (
            <TableHeading>{t("reason")}</TableHeading>
          ) : (
            <>
              <TableHeading>{t("ours")}</TableHeading>
              <TableHeading>{t("theirs")}</TableHeading>
              <TableHeading>{t("outcome")}</TableHeading>
            </>
          )}
        </tr>
      </TableHead>
      <TableBody>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </TableBody>
    </Table>
  );
}

function Row({ item }: { item: ItemWire }) {
  const t = useTranslations("mlflowSync");
  const { kind, model, outcome, ours, theirs, detail } = item;
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className={`min-w-32 max-sm:basis-full ${WRAP}`}>
        <span className="font-medium">{model}</span>
        <VersionText version={item.version} />
      </TableCell>
      <TableCell label={t("field")}>
        <FieldText field={item.field} />
      </TableCell>
      {kind === "problem" ? (
        <TableCell className={`max-sm:basis-full ${WRAP}`}>{detail}</TableCell>
      ) : (
        <>
          <TableCell label={t("ours")} className={WRAP}>
            <Value value={ours} />
          </TableCell>
          <TableCell label={t("theirs")} className={WRAP}>
            <Value value={theirs} />
          </TableCell>
          <TableCell label={t("outcome")}>
            <Badge tone={TONES[outcome]}>{t(`outcomes.${outcome}`)}</Badge>
          </TableCell>
        </>
      )}
    </TableRow>
  );
}

function VersionText({ version }: { version: string }) {
  const t = useTranslations("mlflowSync");
  if (version === "") return null;
  const [, number] = /^here (\d+)$/.exec(version) ?? [];
  return (
    <p className="text-muted text-xs">
      {number === undefined ? t("versionThere", { version }) : t("versionHere", { number })}
    </p>
  );
}

const WORDS = ["model", "version", "deleted", "description", "stage"] as const;

function FieldText({ field }: { field: string }) {
  const t = useTranslations("mlflowSync");
  const word = WORDS.find((known) => known === field);
  if (word !== undefined) return t(`fieldNames.${word}`);
  const [, kind, name = ""] = /^(tag|alias):(.*)$/s.exec(field) ?? [];
  return (
    <span className={WRAP}>
      {kind === "alias" ? t("fieldNames.alias") : t("fieldNames.tag")}{" "}
      <code className="font-mono text-[13px]">{name}</code>
    </span>
  );
}

function Value({ value }: { value: string | null }) {
  const t = useTranslations("mlflowSync");
  if (value === null) return <span className="text-muted">–</span>;
  if (value === "changed") return t("changed");
  return <span>{value}</span>;
}
