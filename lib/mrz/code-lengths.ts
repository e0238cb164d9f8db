/** Lengths of the codes of a Huffman code. */

/** A table of 2^11 entries decodes them; weights lose less than 0.1 % against longer ones. */
export const MAX_CODE_BITS = 11;

/**
 * Bits of the code of each symbol, 0 for symbols that do not occur: of all codes of at most `maxBits` the one that takes
 * the fewest. It is complete: each sequence of bits means something. null for fewer than two symbols, of which there is
 * no such code.
 *
 * Package-merge (Larmore and Hirschberg 1990). A code of n bits is one coin for each bit, of the symbol's weight. Row by
 * row, coins and pairs of the row before are sorted by weight; the lightest 2n - 2 of the last row hold the answer.
 */
export function codeLengths(counts: Uint32Array, maxBits = MAX_CODE_BITS): Uint8Array | null {
  // The rarest first.
  const symbols = [...counts.keys()]
    .filter((symbol) => (counts[symbol] as number) > 0)
    .sort((a, b) => (counts[a] as number) - (counts[b] as number));
  if (symbols.length < 2) return null;
  const coins = symbols.map((symbol) => counts[symbol] as number);
  const rows = mergeRows(coins, maxBits);
  const lengths = new Uint8Array(counts.length);
  let taken = 2 * coins.length - 2;
  for (const { isPair } of rows.reverse()) {
    const pairs = isPair.slice(0, taken).filter(Boolean).length;
    for (const symbol of symbols.slice(0, taken - pairs))
      lengths[symbol] = (lengths[symbol] as number) + 1;
    taken = 2 * pairs;
  }
  return lengths;
}

/** Weights in rising order, and which of them are pairs of the row before. */
type Row = { weights: number[]; isPair: boolean[] };

function mergeRows(coins: readonly number[], count: number): Row[] {
  const rows: Row[] = [];
  let before: readonly number[] = [];
  for (let index = 0; index < count; index += 1) {
    const row = merge(coins, pairsOf(before));
    rows.push(row);
    before = row.weights;
  }
  return rows;
}

function pairsOf(weights: readonly number[]): number[] {
  const pairs: number[] = [];
  for (let at = 1; at < weights.length; at += 2)
    pairs.push((weights[at - 1] as number) + (weights[at] as number));
  return pairs;
}

function merge(coins: readonly number[], pairs: readonly number[]): Row {
  const row: Row = { weights: [], isPair: [] };
  for (let coin = 0, pair = 0; coin < coins.length || pair < pairs.length; ) {
    const [ofCoin = Number.POSITIVE_INFINITY, ofPair = Number.POSITIVE_INFINITY] = [
      coins[coin],
      pairs[pair],
    ];
    const isPair = ofPair < ofCoin;
    row.weights.push(isPair ? ofPair : ofCoin);
    row.isPair.push(isPair);
    if (isPair) pair += 1;
    else coin += 1;
  }
  return row;
}
