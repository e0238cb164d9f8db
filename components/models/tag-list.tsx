import { Badge } from "#components/ui/badge.tsx";

/** Tags as `key: value` chips; a long one is cut, and shown whole on hover. */
export function TagList({ tags }: { tags: Record<string, string> }) {
  return (
    <ul className="flex min-w-0 flex-wrap gap-1.5">
      {Object.entries(tags).map(([key, value]) => (
        <li key={key} className="flex min-w-0">
          <Badge title={`${key}: ${value}`}>
            <span className="truncate">
              {key}
              {value && <span className="text-ink">: {value}</span>}
            </span>
          </Badge>
        </li>
      ))}
    </ul>
  );
}
