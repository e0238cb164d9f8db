import { cn } from "#components/ui/cn.ts";
import { type Progress, percent } from "./upload-progress.ts";

/** `isHeld` means that nothing moves at the moment. */
export function UploadBar(props: { label: string; progress: Progress; isHeld: boolean }) {
  const value = percent(props.progress);
  return (
    <div
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value}
      className="h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div
        className={cn("h-full bg-accent", props.isHeld && "bg-line-strong")}
        style={{ width: `${value}%` }}
      />
    </div>
  );
}
