import type { ImageSize } from '../images/pillow-resize.js';
import { runsOf } from './region-objects.js';

/**
 * The runs of a mask in COCO's run-length encoding, which walks down columns: rows instead, as everywhere here. Undefined if the
 * runs do not fill the image.
 * @param counts numbers, or text as `rleToString` of COCO's maskApi.c writes them
 */
export function rowRuns(counts: readonly number[] | string, { height, width }: ImageSize): number[] | undefined {
  const numbers = typeof counts === 'string' ? decodedCounts(counts) : counts;
  const total = numbers?.reduce((sum, count) => (count >= 0 && Number.isInteger(count) ? sum + count : NaN), 0);
  if (numbers === undefined || total !== height * width) return undefined;
  const mask = new Uint8Array(height * width);
  let at = 0;
  for (const [turn, count] of numbers.entries()) {
    if (turn % 2 === 1)
      for (let place = at; place < at + count; place++) mask[(place % height) * width + Math.floor(place / height)] = 1;
    at += count;
  }
  return runsOf(mask, (value) => value === 1);
}

/**
 * As `rleFrString` of maskApi.c: characters from 48 on hold 5 bits each, the lowest first; bit 5 says that more follow, and bit 4
 * of the last is the sign. From the fourth count on, the difference to the count two before is stored.
 */
function decodedCounts(text: string): number[] | undefined {
  const counts: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const bits = (character.codePointAt(0) ?? 0) - 48;
    if (bits < 0 || bits > 63 || shift > 30) return undefined;
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    if ((bits & 16) !== 0) value -= 2 ** shift;
    counts.push(value + (counts.length > 2 ? (counts.at(-2) ?? 0) : 0));
    [value, shift] = [0, 0];
  }
  return shift === 0 ? counts : undefined;
}
