import type { SampleRandom } from '@xaigrid/tensor';

/**
 * Draws subsets of 0 … n − 1 of one size, all equally likely, by the first steps of Fisher and Yates' shuffle. The next draw goes
 * on from the shuffled list; probabilities stay the same, and nothing is set up again. The returned array is valid until the next
 * draw.
 */
export function subsetDrawer(random: SampleRandom, n: number, size: number): () => Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: n }, (_, unit) => unit);
  const drawn = order.subarray(0, size);
  return () => {
    for (let place = 0; place < size; place++) {
      const other = place + random.integer(n - place);
      const held = order[place] ?? 0;
      order[place] = order[other] ?? 0;
      order[other] = held;
    }
    return drawn;
  };
}
