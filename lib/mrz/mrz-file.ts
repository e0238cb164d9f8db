import type { RandomAccess } from "./format.ts";

/** Where an `.mrz` file is read from. */
export type MrzFile = RandomAccess & { close(): Promise<void> };
