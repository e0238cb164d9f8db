import type { ComponentProps } from "react";
import { cn } from "./cn.ts";

/**
 * A table that becomes a list of cards below 640 px: give each cell a `label` (its column's heading),
 * which is shown beside the value there.
 */
export function Table({ className, ...props }: ComponentProps<"table">) {
  return (
    <div className="min-w-0 sm:overflow-x-auto">
      <table
        className={cn("w-full border-collapse text-left max-sm:block", className)}
        {...props}
      />
    </div>
  );
}

export function TableHead({ className, ...props }: ComponentProps<"thead">) {
  return (
    <thead
      className={cn("border-line border-b text-muted text-xs max-sm:sr-only", className)}
      {...props}
    />
  );
}

export function TableBody({ className, ...props }: ComponentProps<"tbody">) {
  return <tbody className={cn("max-sm:block", className)} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return (
    <tr
      className={cn(
        "border-line border-b last:border-b-0 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-4 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3",
        className,
      )}
      {...props}
    />
  );
}

export function TableHeading({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn("h-9 px-3 font-medium whitespace-nowrap first:pl-4 last:pr-4", className)}
      {...props}
    />
  );
}

/** The headings of columns that are text alone. `actions` heads a last column of buttons, for screen readers only. */
export function TableTitles({ titles, actions }: { titles: readonly string[]; actions?: string }) {
  return (
    <TableHead>
      <tr>
        {titles.map((title) => (
          <TableHeading key={title}>{title}</TableHeading>
        ))}
        {actions !== undefined && (
          <TableHeading>
            <span className="sr-only">{actions}</span>
          </TableHeading>
        )}
      </tr>
    </TableHead>
  );
}

export function TableCell({
  label,
  className,
  children,
  ...props
}: ComponentProps<"td"> & { label?: string }) {
  return (
    <td
      className={cn(
        "px-3 py-2 align-middle tabular-nums first:pl-4 last:pr-4 max-sm:min-w-0 max-sm:max-w-full max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0",
        className,
      )}
      {...props}
    >
      {label && (
        <span aria-hidden className="mr-1 text-muted text-xs sm:hidden">
          {label}
        </span>
      )}
      {children}
    </td>
  );
}
