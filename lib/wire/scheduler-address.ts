/** One form for the addresses of Dask's schedulers, so that `host:8786` and `tcp://HOST:8786/` are the same cluster. */
import { z } from "zod";

/** Longer than any host name with its scheme and port. */
export const ADDRESS_MAX_LENGTH = 300;

/** Without credentials, a query or a path: those are no part of an address of Dask's. */
export const schedulerAddressSchema = z
  .string()
  .max(ADDRESS_MAX_LENGTH)
  .regex(
    /^([A-Za-z][A-Za-z0-9+.-]{0,15}:\/\/)?[^\s/@?#]+\/?$/,
    "Use the scheduler's address, such as tcp://scheduler:8786.",
  );

/** With its scheme, in lower case. Give it what `schedulerAddressSchema` lets through. */
export function normalAddress(address: string): string {
  const bare = address.toLowerCase().replace(/\/$/, "");
  return bare.includes("://") ? bare : `tcp://${bare}`;
}
