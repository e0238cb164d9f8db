/**
 * Background work runs in lanes, each with places of its own, so that what takes hours never holds back what takes
 * moments. Every task of `tasks.ts` names its lane. A process runs at most so many jobs of a lane at a time.
 */
export const LANES = {
  /** Looks at the clock and queues other work, in moments. A second place, for when one waits for a lock. */
  short: { concurrency: 2 },
  /** Reads or removes stored bytes. The scrub takes one place for hours; all others share the second. */
  io: { concurrency: 2 },
  /**
   * Computes, in threads that are fewer than the cores. While one blob is encoded the next one is opened and sampled. A rescan
   * takes one place until its end; its one process has a low priority, and so has the thread of a conversion.
   */
  cpu: { concurrency: 2 },
  /** Copies or reads whole backups, for hours; one after the other, since each fills the disk or the network. */
  backup: { concurrency: 1 },
  /** Tells contact points of alerts, which never wait for webhooks. */
  notices: { concurrency: 4 },
  /** Sends to webhooks, in turns. */
  webhooks: { concurrency: 4 },
  /** Sends to webhooks that have lately been slow: these wait for each other, and nobody else waits for them. */
  slow_webhooks: { concurrency: 4 },
  /** Waits for machines that are not ours. Two, so that one that does not answer does not hold back all others. */
  remote: { concurrency: 2 },
} as const;

export type Lane = keyof typeof LANES;

/** How many jobs of each lane a process runs now. */
export type LaneLoads = Partial<Record<Lane, number>>;

export const LANE_NAMES = Object.keys(LANES) as Lane[];
