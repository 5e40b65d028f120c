import { Resvg } from '@resvg/resvg-js';
import { fontFamily } from '../style.js';
import { fontFiles } from './fonts.js';
import { fontCovers } from './text-width.js';

/** The only module that imports resvg. */
export interface PngOptions {
  /** Pixels for each CSS pixel. Default 2. */
  readonly scale?: number;
}

/**
 * Draws an SVG as PNG with the fonts that come with xaigrid, so it is the same on every machine. Characters that these fonts lack
 * are drawn with the machine's fonts.
 */
export function renderPng(svg: string, { scale = 2 }: PngOptions = {}): Uint8Array {
  const text = svg.replace(/<[^>]*>/g, '');
  // resvg knows only the older of vega's two values for square pixels, and it uses the last one.
  const crisp = svg.replaceAll('image-rendering: pixelated;', '');
  const resvg = new Resvg(crisp, {
    fitTo: { mode: 'zoom', value: scale },
    background: '#ffffff',
    font: {
      fontFiles: [fontFiles.regular, fontFiles.semiBold],
      loadSystemFonts: !fontCovers(text),
      defaultFontFamily: fontFamily,
      sansSerifFamily: fontFamily,
    },
  });
  return resvg.render().asPng();
}
