/** What is left of segments when each is in one piece. */
export interface Segments {
  /** The segment of each position, from 0. */
  readonly segmentOf: Int32Array<ArrayBuffer>;
  readonly count: number;
}

/**
 * Makes segments connected. In the order of positions, each piece of a segment becomes a segment of its own: all that can be reached from its
 * first position by steps to neighbours along the axes, up to `largest` positions. A piece of fewer than `smallest` positions joins the piece
 * that was met last around it, or, where none was, the next one. As scikit-image 0.26 does it, after Achanta et al.
 *
 * @param labels one a position, from 0
 * @param shape extents of the position axes, as many as labels
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
  // Where every piece is too small, all of them have the number 0, which was not counted.
  return { segmentOf, count: Math.max(count, 1) };
}
