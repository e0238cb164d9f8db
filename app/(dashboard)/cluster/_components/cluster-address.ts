/** What the page of clusters shows, from its address. */
export type ClusterAddress = {
  /** The scheduler's address: its workers alone. */
  cluster?: string;
  /** A part of a worker's name, address or host. */
  query?: string;
  /** Workers that have it. */
  model?: string;
  version?: string;
  /** The pages of workers and of loads. */
  cursor?: string;
  loads?: string;
};

export type ClusterParams = Record<string, string | string[] | undefined>;

const KEYS = ["cluster", "query", "model", "version", "cursor", "loads"] as const;
const TEXT_MAX_LENGTH = 2_000;

/** What is not understood is left out. */
export function parseClusterAddress(params: ClusterParams): ClusterAddress {
  const known = KEYS.flatMap((key) => {
    const value = params[key];
    const isGiven = typeof value === "string" && value.trim() !== "";
    return isGiven && value.length <= TEXT_MAX_LENGTH ? [[key, value.trim()] as const] : [];
  });
  return Object.fromEntries(known);
}

/** The address as a link; what is not chosen is left out. */
export function clusterHref(address: ClusterAddress, part = ""): string {
  const search = new URLSearchParams();
  for (const key of KEYS) {
    const value = address[key];
    if (value) search.set(key, value);
  }
  return `/cluster${search.size > 0 ? `?${search}` : ""}${part}`;
}

export const loadHref = (id: string) => `/cluster/loads/${id}`;
