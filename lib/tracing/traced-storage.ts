import type { StorageDriver } from "#lib/storage/contract.ts";
import { inCallSpan, isTracing } from "./span.ts";

/** The driver with a span for each call of it; without tracing, the driver itself. Keys are digests and names of ours. */
export function tracedStorage(driver: StorageDriver): StorageDriver {
  if (!isTracing()) return driver;
  return new Proxy(driver, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const call = () => member.apply(target, given) as unknown;
        // The only ones that give no promise are listings.
        if (property === "list" || property === "listUploads") return call();
        const [key] = given;
        const attributes = { "storage.driver": target.kind };
        return inCallSpan(
          `storage ${String(property)}`,
          typeof key === "string" ? { ...attributes, "storage.key": key } : attributes,
          async () => call(),
        );
      };
    },
  });
}
