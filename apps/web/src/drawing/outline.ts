/**
 * The border of a region of an image as an SVG path, a unit a position: one line along each side that parts a position inside from
 * one outside. Sides in one line are joined.
 * @param region `[height · width]`: above zero inside
 */
export function outlineOf(region: Float32Array, width: number, height: number): string {
  const isIn = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height && (region[y * width + x] ?? 0) > 0;
  const path: string[] = [];
  for (let y = 0; y <= height; y += 1)
    for (const [from, to] of runs(width, (x) => isIn(x, y - 1) !== isIn(x, y))) path.push(`M${from} ${y}H${to}`);
  for (let x = 0; x <= width; x += 1)
    for (const [from, to] of runs(height, (y) => isIn(x - 1, y) !== isIn(x, y))) path.push(`M${x} ${from}V${to}`);
  return path.join('');
}

/** The stretches of neighbours for which something holds, each from its first to the one after its last. */
export function runs(length: number, holds: (at: number) => boolean): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < length; at += 1) {
    const last = found.at(-1);
    if (!holds(at)) continue;
    if (last?.[1] === at) last[1] = at + 1;
    else found.push([at, at + 1]);
  }
  return found;
}
