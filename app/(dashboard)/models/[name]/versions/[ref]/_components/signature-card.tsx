import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { VersionWire } from "#lib/models/schema.ts";

type Signature = NonNullable<VersionWire["signature"]>;

/** The model's inputs and outputs, as the file declares them or as the client gave them. */
export function SignatureCard({ signature, isGiven }: { signature: Signature; isGiven: boolean }) {
  const t = useTranslations("version.signature");
  const shape = (sizes: Signature["inputs"][number]["shape"]) => {
    if (sizes === null) return t("unknownShape");
    return sizes.length === 0 ? t("scalar") : sizes.map((size) => size ?? "?").join(" × ");
  };
  return (
    <Card
      title={t("heading")}
      actions={<span className="text-muted text-sm">{t(isGiven ? "given" : "read")}</span>}
      bodyClassName="p-0"
    >
      <Table>
        <TableTitles titles={[t("direction"), t("name"), t("dtype"), t("shape")]} />
        <TableBody>
          {(["inputs", "outputs"] as const).flatMap((side) =>
            signature[side].map((tensor, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a signature is fixed, names may repeat
              <TableRow key={`${side} ${index}`}>
                <TableCell className="text-muted">{t(side)}</TableCell>
                <TableCell className="font-mono text-[13px] [overflow-wrap:anywhere]">
                  {tensor.name}
                </TableCell>
                <TableCell className="font-mono text-[13px]">{tensor.dtype}</TableCell>
                <TableCell className="font-mono text-[13px]">{shape(tensor.shape)}</TableCell>
              </TableRow>
            )),
          )}
        </TableBody>
      </Table>
    </Card>
  );
}
