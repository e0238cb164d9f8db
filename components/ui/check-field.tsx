import { type ComponentProps, useId } from "react";
import { Checkbox } from "./checkbox.tsx";

/** A checkbox with its label, which may be several lines long. */
export function CheckField({ children, ...props }: Omit<ComponentProps<typeof Checkbox>, "id">) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <Checkbox id={id} className="mt-0.5" {...props} />
      <label htmlFor={id} className="min-w-0">
        {children}
      </label>
    </div>
  );
}
