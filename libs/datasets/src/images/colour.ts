import type { Pixels } from './pillow-resize.js';

export const colours = ['rgb', 'grey'] as const;
export type Colour = (typeof colours)[number];

export function channelsOf(colour: Colour): number {
  return colour === 'rgb' ? 3 : 1;
}

/**
 * Converts images between one and three channels: grey is repeated, colours are weighted as in Pillow's `convert("L")` (ITU-R
 * 601-2).
 */
export function toColour(pixels: Pixels, colour: Colour): Pixels {
  const channels = channelsOf(colour);
  if (pixels.channels === channels) return pixels;
  const { height, width, data } = pixels;
  const result = new Uint8Array(height * width * channels);
  if (channels === 3) {
    for (let i = 0; i < data.length; i++) result.fill(data[i] ?? 0, 3 * i, 3 * i + 3);
  } else {
    for (let i = 0, from = 0; i < result.length; i++, from += 3) {
      result[i] = (19595 * (data[from] ?? 0) + 38470 * (data[from + 1] ?? 0) + 7471 * (data[from + 2] ?? 0) + 0x8000) >> 16;
    }
  }
  return { height, width, channels, data: result };
}
