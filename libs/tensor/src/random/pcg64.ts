/** The state and the increment of PCG64 that NumPy's `SeedSequence(42)` gives. */
const SEED_42 = { state: 274674114334540486603088602300644985544n, increment: 332724090758049132448979897138935081983n };
const MULTIPLIER = 47026247687942121848144207491837523525n;

/** Where the tail of the ziggurat begins, and the area of each of its 256 layers. */
const [TAIL, AREA] = [3.6541528853610088, 0.004928673233974655];
const LAYERS = 256;
const MANTISSA = 2 ** 52;

/**
 * Standard normal numbers as `numpy.random.default_rng(42).normal()` gives them, one after the other: the generator PCG64
 * (O'Neill 2014) with the output function XSL-RR, and the ziggurat of Marsaglia and Tsang 2000 as Doornik 2005 has it.
 * @returns a function that gives the next one; its last bits may differ from NumPy's
 */
export function numpyNormalsOfSeed42(): () => number {
  let { state } = SEED_42;
  const next = (): bigint => {
    state = BigInt.asUintN(128, state * MULTIPLIER + SEED_42.increment);
    const mixed = BigInt.asUintN(64, (state >> 64n) ^ state);
    const turn = state >> 122n;
    return BigInt.asUintN(64, (mixed >> turn) | (mixed << (64n - turn)));
  };
  const uniform = (): number => Number(next() >> 11n) / 2 ** 53;
  const { edges, heights, shares } = ziggurat();

  return () => {
    for (;;) {
      const word = next();
      const layer = Number(word & 0xffn);
      const sign = ((word >> 8n) & 1n) === 1n ? -1 : 1;
      const place = Number((word >> 9n) & 0xfffffffffffffn) / MANTISSA;
      const value = place * (edges[layer] ?? NaN);
      if (place < (shares[layer] ?? NaN)) return sign * value;
      if (layer === 0) {
        // Of the tail, the sign is another bit of the same word.
        const own = ((word >> 17n) & 1n) === 1n ? -1 : 1;
        return own * (TAIL + beyondTail(uniform));
      }
      const [above, below] = [heights[layer - 1] ?? NaN, heights[layer] ?? NaN];
      if ((above - below) * uniform() + below < Math.exp(-0.5 * value ** 2)) return sign * value;
    }
  };
}

/** By how much a number of the tail lies beyond its begin. */
function beyondTail(uniform: () => number): number {
  for (;;) {
    const beyond = -Math.log1p(-uniform()) / TAIL;
    const height = -Math.log1p(-uniform());
    if (2 * height > beyond ** 2) return beyond;
  }
}

/** The right edge and the lower height of each layer, and the share of it that lies under the curve at every height. */
function ziggurat() {
  const edges = new Float64Array(LAYERS);
  const heights = new Float64Array(LAYERS);
  const shares = new Float64Array(LAYERS);
  const curve = (x: number) => Math.exp(-0.5 * x ** 2);
  // The lowest layer goes on into the tail.
  edges[0] = AREA / curve(TAIL);
  heights[0] = 1;
  shares[0] = TAIL / edges[0];
  edges[LAYERS - 1] = TAIL;
  heights[LAYERS - 1] = curve(TAIL);
  for (let layer = LAYERS - 2; layer > 0; layer--) {
    const outer = edges[layer + 1] ?? NaN;
    const edge = Math.sqrt(-2 * Math.log(AREA / outer + (heights[layer + 1] ?? NaN)));
    edges[layer] = edge;
    heights[layer] = curve(edge);
    shares[layer + 1] = edge / outer;
  }
  return { edges, heights, shares };
}
