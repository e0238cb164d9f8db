/** How much an agent may say at once: far beyond real clusters, and what a page and a row of the database can bear. */

/** Of one cluster, and of one load. */
export const WORKERS_MAX = 10_000;
export const MODELS_OF_WORKER_MAX = 1_000;
/** Names, addresses, versions. */
export const TEXT_MAX_LENGTH = 500;
/** What an error says; whoever reads it wants the first lines. */
export const DETAIL_MAX_LENGTH = 2_000;
/** A report of 10,000 workers, each with its versions and a few models. The body's length bounds it anyway. */
export const REPORT_JSON_VALUES_MAX = 2_000_000;
/** Distinct versions that the summary of a cluster names. */
export const SUMMARY_MODELS_MAX = 10_000;
/** Clusters that are remembered: an agent that reports ever other addresses replaces the oldest ones. */
export const CLUSTERS_MAX = 200;
