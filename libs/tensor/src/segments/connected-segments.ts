/** Segments of an image. Each is in one piece. */
export interface Segments {
  /** The segment of each position, from 0. */
  readonly segmentOf: Int32Array<ArrayBuffer>;
  readonly count: number;
}

/**
 * Splits segments into connected pieces, each a segment of its own. Pieces are found in the order of positions. A piece is all
 * that can be reached from its first position by steps to neighbours along the axes, up to `largest` positions. A piece of fewer
 * than `smallest` positions joins the last segment met around it, or the next one if there is none. As scikit-image 0.26, after
 * Achanta et al.
 *
 * @param labels one per position, from 0
 * @param shape `[depth, height, width]`
 */
export function connectedSegments(
  labels: Int32Array<ArrayBuffer>,
  shape: readonly [number, number, number],
  { smallest, largest }: { readonly smallest: number; readonly largest: number },
): Segments {
  const [depth, height, width] = shape;
  const segmentOf = new Int32Array(labels.length).fill(-1);
  const piece = new Int32Array(Math.min(labels.length, Math.max(1, largest)));
  let count = 0;
  for (let first = 0; first < labels.length; first++) {
    if (segmentOf[first] !== -1) continue;
    let [size, around] = [1, count];
    segmentOf[first] = count;
    piece[0] = first;
    const meet = (at: number) => {
      const segment = segmentOf[at] ?? -1;
      if (segment === -1) {
        if (labels[at] !== labels[first] || size >= largest) return;
        segmentOf[at] = count;
        piece[size++] = at;
      } else if (segment !== count) around = segment;
    };
    for (let visited = 0; visited < size && size < largest; visited++) {
      const at = piece[visited] ?? 0;
      const x = at % width;
      const y = Math.floor(at / width) % height;
      const z = Math.floor(at / (width * height));
      if (x + 1 < width) meet(at + 1);
      if (x > 0) meet(at - 1);
      if (y + 1 < height) meet(at + width);
      if (y > 0) meet(at - width);
      if (z + 1 < depth) meet(at + width * height);
      if (z > 0) meet(at - width * height);
    }
    if (size < smallest) for (const at of piece.subarray(0, size)) segmentOf[at] = around;
    else count++;
  }
  // If every piece is too small, all of them have the number 0, which was not counted.
  return { segmentOf, count: Math.max(count, 1) };
}
