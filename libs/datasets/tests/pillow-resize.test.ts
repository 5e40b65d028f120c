import { sha256 } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { toColour } from '../src/images/colour.js';
import { createPillowResize, type Pixels } from '../src/images/pillow-resize.js';
import golden from './goldens/pillow-resize.json' with { type: 'json' };

/** As `pattern` in goldens/pillow-resize.py. */
function pattern(seed: number, { height, width }: { height: number; width: number }, channels: number): Pixels {
  let state = seed;
  const data = Uint8Array.from({ length: height * width * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { height, width, channels, data };
}

describe("Pillow's resize", () => {
  it.each(golden.patterns)('is met bit for bit: $height×$width×$channels to $toHeight×$toWidth', (entry) => {
    const resize = createPillowResize({ height: entry.toHeight, width: entry.toWidth });
    const { height, width, channels, data } = resize(pattern(entry.seed, entry, entry.channels));
    expect([height, width, channels]).toEqual([entry.toHeight, entry.toWidth, entry.channels]);
    expect(sha256(data)).toBe(entry.sha256);
  });

  it('keeps white white, whatever the size: weights that are rounded up do not overflow', () => {
    for (let size = 1; size < 300; size += 13) {
      const white = { height: 97, width: 101, channels: 3, data: new Uint8Array(97 * 101 * 3).fill(255) };
      expect(createPillowResize({ height: size, width: size + 1 })(white).data.every((value) => value === 255)).toBe(true);
    }
  });

  it('computes weights anew for an image of another size', () => {
    const resize = createPillowResize({ height: 5, width: 7 });
    const [small, large] = [pattern(1, { height: 3, width: 4 }, 3), pattern(2, { height: 30, width: 20 }, 3)];
    const first = resize(small);
    resize(large);
    expect(resize(small)).toEqual(first);
  });
});

it("turns colours into Pillow's grey", () => {
  const { seed } = golden.grey;
  expect(sha256(toColour(pattern(seed, golden.grey, 3), 'grey').data)).toBe(golden.grey.sha256);
});
