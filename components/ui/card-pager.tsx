import { Pagination } from "./pagination.tsx";

/** Below a table that is read page by page, from its cursor on; nothing where there is one page only. */
export function CardPager(props: {
  firstHref: string | null;
  firstLabel: string;
  nextHref: string | null;
}) {
  if (!props.firstHref && !props.nextHref) return null;
  return (
    <div className="border-line border-t px-4">
      <Pagination
        previousHref={props.firstHref}
        previousLabel={props.firstLabel}
        nextHref={props.nextHref}
      />
    </div>
  );
}
