import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { VersionWire } from "#lib/models/schema.ts";

type Signature = NonNullable<VersionWire["signature"]>;

/** The model's inputs and outputs, as the file declares them. */
export function SignatureCard({ signature }: { signature: Signature }) {
  const t = useTranslations("version.signature");
  const shape = (sizes: Signature["inputs"][number]["shape"]) =>
    sizes.length === 0 ? t("scalar") : sizes.map((size) => size ?? "?").join(" × ");
  return (
    <Card title={t("heading")} bodyClassName="p-0">
      <Table>
        <TableHead>
          <tr>
            <TableHeading>{t("direction")}</TableHeading>
            <TableHeading>{t("name")}</TableHeading>
            <TableHeading>{t("dtype")}</TableHeading>
            <TableHeading>{t("shape")}</TableHeading>
          </tr>
        </TableHead>
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
