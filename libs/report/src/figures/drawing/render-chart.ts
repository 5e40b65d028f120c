import type { TopLevelSpec } from 'vega-lite';
import type { Figure } from '../figure.js';
import { chartConfig } from '../style.js';
import { textWidth } from './text-width.js';

/**
 * The only module that imports vega and vega-lite. It loads them with the first chart, because that takes longer than a table.
 */
export type ChartSpec = TopLevelSpec;
export type ChartLayer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

declare module 'vega' {
  /** Exported by vega, but missing in its types: measures text for the layout. Its functions may be replaced. */
  export const textMetrics: object;
}

interface MeasuredText {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

const loadVega = keepPromise(async () => {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  // Without a canvas, vega estimates 0.8 of the font size per character. We know the exact widths of our font.
  Object.assign(vega.textMetrics, {
    width: (item: MeasuredText & { readonly text?: unknown }, text: unknown = item.text): number =>
      textWidth(
        lineOf(text),
        item.fontSize ?? 11,
        Number(item.fontWeight) >= 600 || item.fontWeight === 'bold' ? 'semiBold' : 'regular',
      ),
  });
  return { ...vega, compile };
});

/** The work, done once, when the result is first asked for. */
function keepPromise<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let begun: Promise<Result> | undefined;
  return () => (begun ??= work());
}

function lineOf(text: unknown): string {
  return typeof text === 'string' || typeof text === 'number' ? String(text) : '';
}

/** Draws a Vega-Lite chart as SVG, without a browser or a canvas. */
export async function renderChart(chart: Omit<Figure, 'svg'> & { readonly spec: ChartSpec }): Promise<Figure> {
  const { name, title, alt, spec } = chart;
  const { Error: errorsOnly, compile, logger, parse, View } = await loadVega();
  const compiled = compile(spec, { config: chartConfig, logger: logger(errorsOnly) }).spec;
  const view = new View(parse(compiled), { renderer: 'none', logLevel: errorsOnly });
  try {
    const svg = await view.toSVG();
    return { name, title, alt, svg: described(shortNumbers(svg), alt) };
  } finally {
    view.finalize();
  }
}

/** Rounds to hundredths of a pixel, which are finer than any screen or printer. The file is then half as large. */
function shortNumbers(svg: string): string {
  return svg.replace(/ (?:d|transform)="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{3,}/g, (text) => String(Math.round(Number(text) * 100) / 100)),
  );
}

function described(svg: string, alt: string): string {
  return svg.replace('<svg ', `<svg role="img" aria-label="${escapeAttribute(alt)}" `);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
