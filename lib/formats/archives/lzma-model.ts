/** The layout of LZMA's probabilities, as its specification names them. */

const STATES = 12;
export const ALIGN_BITS = 4;

/** Where each group of probabilities begins in the one array of them. */
export const AT = (() => {
  let next = 0;
  const group = (size: number) => {
    next += size;
    return next - size;
  };
  const length = () => ({
    choice: group(2),
    low: group(16 * 8),
    mid: group(16 * 8),
    high: group(256),
  });
  return {
    isMatch: group(STATES * 16),
    isRep: group(STATES),
    isRepG0: group(STATES),
    isRepG1: group(STATES),
    isRepG2: group(STATES),
    isRep0Long: group(STATES * 16),
    slot: group(4 * 64),
    special: group(128),
    align: group(1 << ALIGN_BITS),
    matchLength: length(),
    repLength: length(),
    literal: next,
  };
})();
