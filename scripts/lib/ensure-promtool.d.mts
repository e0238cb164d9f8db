/** The path of promtool. Throws a sentence where there is none and none can be had. */
export declare function ensurePromtool(): Promise<string>;
