/**
 * The number of the scan's rules. Whoever changes what a verdict may be raises it by one, in the same commit: a reader in
 * `lib/formats` that finds more or less, a rule or a list in `lib/scan`, `versionVerdict`, or a bound of the inspection.
 * Every verdict is stored with the number that it was made by, and a server looks again, in the background, at versions
 * whose number is lower than its own (lib/models/rescan). The number never goes down.
 *
 * 1: the rules of the first release that numbered them. Verdicts from before have 0.
 */
export const RULES_VERSION = 1;
