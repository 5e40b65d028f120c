import { textWidth } from '../src/figures/drawing/text-width.js';

export interface PlacedText {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the texts of one of our SVG documents stand, from its nested translations; turned texts are left out. */
export function placedTexts(svg: string): PlacedText[] {
  const found: PlacedText[] = [];
  const offsets: { readonly x: number; readonly y: number; readonly turned: boolean }[] = [];
  for (const [, closing, name = '', attributes = '', text = ''] of svg.matchAll(/<(\/?)([a-z]+)([^>]*)>([^<]*)/gi)) {
    if (name !== 'g' && name !== 'text') continue;
    if (closing === '/') {
      if (name === 'g') offsets.pop();
      continue;
    }
    const [, x = '0', y = '0'] = /translate\(([-\d.e]+),\s*([-\d.e]+)\)/.exec(attributes) ?? [];
    const parent = offsets.at(-1) ?? { x: 0, y: 0, turned: false };
    const here = { x: parent.x + Number(x), y: parent.y + Number(y), turned: parent.turned || attributes.includes('rotate') };
    if (name === 'g') {
      if (!attributes.trimEnd().endsWith('/')) offsets.push(here);
      continue;
    }
    const size = Number(/font-size="([\d.]+)/.exec(attributes)?.[1] ?? 11);
    const shown = text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
    if (here.turned || shown.trim() === '' || attributes.includes('opacity="0"')) continue;
    const width = textWidth(shown, size, /font-weight="(?:600|bold)"/.test(attributes) ? 'semiBold' : 'regular');
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? 'start';
    const left = here.x - width * ({ start: 0, middle: 0.5, end: 1 }[anchor] ?? 0);
    // From the top of capitals to the baseline.
    found.push({ text: shown, left, right: left + width, top: here.y - 0.66 * size, bottom: here.y });
  }
  return found;
}

/** Pairs of texts that lie over each other by more than a pixel. */
export function overlaps(texts: readonly PlacedText[]): string[] {
  return texts.flatMap((a, at) =>
    texts
      .slice(at + 1)
      .filter((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      .map((b) => `"${a.text}" and "${b.text}"`),
  );
}
