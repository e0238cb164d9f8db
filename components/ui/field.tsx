import { type ReactNode, useId } from "react";
import { cn } from "./cn.ts";

export type FieldControl = {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
};

/**
 * A label, a control, a hint and an error that belong together for screen readers too:
 * `<Field label="Name" error={…}>{(control) => <Input {...control} />}</Field>`.
 */
export function Field(props: {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null;
  optionalLabel?: string;
  className?: string;
  children: (control: FieldControl) => ReactNode;
}) {
  const id = useId();
  const described = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean);
  return (
    <div className={cn("flex min-w-0 flex-col gap-1", props.className)}>
      <label htmlFor={id} className="font-medium">
        {props.label}
        {props.optionalLabel && (
          <span className="ml-1.5 font-normal text-muted text-xs">{props.optionalLabel}</span>
        )}
      </label>
      {props.children({
        id,
        "aria-describedby": described.length > 0 ? described.join(" ") : undefined,
        "aria-invalid": props.error ? true : undefined,
      })}
      {props.hint && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {props.hint}
        </p>
      )}
      {props.error && (
        <p id={`${id}-error`} role="alert" className="text-danger text-xs">
          {props.error}
        </p>
      )}
    </div>
  );
}
