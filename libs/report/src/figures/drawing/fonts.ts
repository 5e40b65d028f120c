import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fontFamily } from '../style.js';

const { resolve } = createRequire(import.meta.url);

/** Source Sans 3 (SIL Open Font License), whole, for measuring text and for drawing PNG. */
export const fontFiles = {
  regular: resolve('@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf'),
  semiBold: resolve('@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf'),
};

let css: string | undefined;

/**
 * The Latin letters of the same font as style rules with the font inside (41 kB), for pages and SVG files: browsers then need no
 * font.
 */
export function fontFaceCss(): string {
  css ??= ([400, 600] as const)
    .map((weight) => {
      const data = readFileSync(resolve(`@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.woff2`));
      return `@font-face{font-family:'${fontFamily}';font-weight:${weight};font-style:normal;src:url(data:font/woff2;base64,${data.toString('base64')}) format('woff2')}`;
    })
    .join('');
  return css;
}

/** The SVG with its font inside, for a file of its own. */
export function withFonts(svg: string): string {
  return svg.replace(/(<svg[^>]*>)/, (start) => `${start}<defs><style>${fontFaceCss()}</style></defs>`);
}
