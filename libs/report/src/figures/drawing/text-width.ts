import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Font } from 'fontkit';
import { fontFiles } from './fonts.js';

/** The only module that imports fontkit. It loads it at the first measurement, because tables need none. */
const loadFontkit = (): typeof import('fontkit') => createRequire(import.meta.url)('fontkit') as typeof import('fontkit');
let loaded: { readonly regular: Font; readonly semiBold: Font } | undefined;
const advances = new Map<string, number>();

function fontsOnce(): NonNullable<typeof loaded> {
  loaded ??= { regular: open(fontFiles.regular), semiBold: open(fontFiles.semiBold) };
  return loaded;
}

function open(path: string): Font {
  const font = loadFontkit().create(readFileSync(path));
  if ('fonts' in font) throw new TypeError(`${path} is a collection of fonts.`);
  return font;
}

/** Width in pixels of one line of text in the figures' font: what a renderer with that font will draw. */
export function textWidth(text: string, size: number, weight: 'regular' | 'semiBold' = 'regular'): number {
  let width = 0;
  for (const character of text) width += advanceOf(character, weight);
  return width * size;
}

/** Whether the figures' font has every character; others need a font of the machine. */
export function fontCovers(text: string): boolean {
  const { regular } = fontsOnce();
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 32 && !regular.hasGlyphForCodePoint(code)) return false;
  }
  return true;
}

/** In ems. Kerning is left out: it only makes text narrower, by less than 2 %. */
function advanceOf(character: string, weight: 'regular' | 'semiBold'): number {
  const key = `${weight} ${character}`;
  const known = advances.get(key);
  if (known !== undefined) return known;
  const font = fontsOnce()[weight];
  const code = character.codePointAt(0) ?? 0;
  const advance = font.hasGlyphForCodePoint(code) ? font.glyphForCodePoint(code).advanceWidth / font.unitsPerEm : 1;
  advances.set(key, advance);
  return advance;
}

/** The text. If it is wider than `width`, its middle is left out, because names of classes and methods differ at their ends. */
export function fitted(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  const characters = Array.from(text);
  for (let kept = characters.length - 1; kept > 1; kept -= 1) {
    const start = characters
      .slice(0, Math.ceil(kept * 0.6))
      .join('')
      .trimEnd();
    const shorter = `${start}…${characters
      .slice(characters.length - Math.floor(kept * 0.4))
      .join('')
      .trimStart()}`;
    if (textWidth(shorter, size) <= width) return shorter;
  }
  return '…';
}

/**
 * The text in lines of at most this width. Lines break after spaces, hyphens, commas and similar, and inside words only if a word
 * is too wide.
 */
export function wrapped(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.split(/(?<=[\s\-_,;:/=])/)) {
    if (line !== '' && textWidth((line + piece).trimEnd(), size) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    for (const character of piece) {
      if (line !== '' && textWidth((line + character).trimEnd(), size) > width) {
        lines.push(line.trimEnd());
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line.trimEnd()].filter((one, at) => one !== '' || at === 0);
}
