import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { DeliveryWire, DeliveryState as State } from "#lib/deliveries/schema.ts";
import { DeliveryDetail } from "./delivery-detail.tsx";
import { DeliveryFilter } from "./delivery-filter.tsx";
import { DeliveryState } from "./delivery-state.tsx";
import { RedeliverButton } from "./redeliver-button.tsx";

type DeliveriesTableProps = {
  items: readonly DeliveryWire[];
  total: number;
  /** The page's address without its query, and what of the interface sends one again: `/webhooks/<id>`. */
  href: string;
  api: string;
  state: State | undefined;
  cursor: string | undefined;
  nextCursor: string | null;
};

/** What was sent to one receiver, the newest first. */
export function DeliveriesTable(props: DeliveriesTableProps) {
  const t = useTranslations("deliveries");
  const { items, href, state, cursor, nextCursor } = props;
  const address = (at: string | null) => {
    const search = new URLSearchParams({
      ...(state === undefined ? {} : { state }),
      ...(at === null ? {} : { cursor: at }),
    });
    return search.size > 0 ? `${href}?${search}` : href;
  };
  return (
    <Card
      title={t("heading", { count: props.total })}
      actions={<DeliveryFilter href={href} state={state} />}
      bodyClassName="p-0"
    >
      {items.length === 0 ? (
        <p className="p-4 text-muted">{t(state === undefined ? "none" : "noMatch")}</p>
      ) : (
        <Table aria-label={t("title")}>
          <TableTitles
            titles={[t("event"), t("state"), t("attempts"), t("created"), t("answer")]}
            actions={t("actions")}
          />
          <TableBody>
            {items.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} api={props.api} />
            ))}
          </TableBody>
        </Table>
      )}
      <CardPager
        firstHref={cursor === undefined ? null : address(null)}
        firstLabel={t("firstPage")}
        nextHref={nextCursor === null ? null : address(nextCursor)}
      />
    </Card>
  );
}

function Row({ delivery, api }: { delivery: DeliveryWire; api: string }) {
  const t = useTranslations("deliveries");
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="max-sm:basis-full">
        <code className="font-mono text-[13px]">{delivery.event}</code>
        {delivery.model !== null && (
          <p className="text-muted text-xs [overflow-wrap:anywhere]">{delivery.model}</p>
        )}
      </TableCell>
      <TableCell className="whitespace-nowrap">
        <DeliveryState delivery={delivery} />
      </TableCell>
      <TableCell label={t("attempts")}>{delivery.attempts}</TableCell>
      <TableCell label={t("created")} className="text-muted">
        <RelativeTime value={delivery.created_at} />
      </TableCell>
      <TableCell className="w-full max-w-0 max-sm:max-w-none max-sm:basis-full">
        <DeliveryDetail delivery={delivery} />
      </TableCell>
      <TableCell className="text-right max-sm:ml-auto">
        {delivery.state !== "pending" && (
          <RedeliverButton
            path={`${api}/deliveries/${delivery.id}/redeliver`}
            event={delivery.event}
          />
        )}
      </TableCell>
    </TableRow>
  );
}
