/** The smallest files of the verdicts that are not clean. */

/** Malicious: `os.system('true')` when it is loaded. */
export const PAYLOAD = "cos\nsystem\n(S'true'\ntR.";

/** Suspicious: nothing that is known, and so nobody's proof that it carries no code. */
export const UNKNOWN = Uint8Array.from({ length: 500 }, (_, index) => 0x80 | ((index * 37) & 0x7f));
