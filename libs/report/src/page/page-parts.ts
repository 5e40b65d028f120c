import type { Figure } from '../figures/figure.js';
import { html, legal, trusted, type Markup } from './markup.js';
import type { PageTable } from './page-data.js';

export type Draw = (figure: Figure) => Markup;

/** Tables with fewer rows need no sorting. */
const SORTABLE_ROWS = 3;

/**
 * A table with a caption and scopes; wide ones scroll by themselves, with the keyboard too. `blocks`: rows above which a line is
 * drawn.
 */
export function tableMarkup(
  { caption, columns, rows, rowHeader = 0 }: PageTable,
  blocks: ReadonlySet<number> = new Set(),
): Markup {
  const side = (at: number): string => (columns[at]?.align === 'right' ? 'right' : 'wrap');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table class="${rows.length >= SORTABLE_ROWS ? 'sortable' : ''}">
      <caption>
        <span>${caption}</span>
      </caption>
      <thead>
        <tr>
          ${columns.map(({ title, align }) => html`<th scope="col" class="${align === 'right' ? 'right' : 'text'}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, line) =>
            html` <tr class="${blocks.has(line) ? 'block' : ''}">
              ${row.map((cell, at) =>
                at === rowHeader
                  ? html`<th scope="row" class="${side(at)}">${cell}</th>`
                  : html`<td class="${side(at)}">${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div> `;
}

/** Draws figures into one page. Each gets its own ids and a largest width, and its description in words below. */
export function createFigureMarkup(): Draw {
  let drawn = 0;
  return (figure) => {
    drawn += 1;
    const own = `f${drawn}-`;
    const width = Number(/<svg[^>]*\swidth="([\d.]+)"/.exec(figure.svg)?.[1] ?? 720);
    const svg = asOnePicture(legal(figure.svg))
      .replace(/^[\s\S]*?<svg/, '<svg')
      .replace(/(<[^>]*\s)id="([^"]+)"/g, `$1id="${own}$2"`)
      .replace(/url\(#([^)]+)\)/g, `url(#${own}$1)`)
      .replace(/(\s(?:xlink:)?href=")#/g, `$1#${own}`);
    return html`<figure style="--wide:${Math.ceil(width)}px">
      <div class="scroll" tabindex="0" role="group" aria-label="${figure.title}">${trusted(svg)}</div>
      <details>
        <summary>In words</summary>
        <p>${figure.alt}</p>
      </details>
    </figure> `;
  };
}

/** Removes roles and labels inside the SVG, which has one description as a whole. */
function asOnePicture(svg: string): string {
  const start = svg.indexOf('>', svg.indexOf('<svg')) + 1;
  const inside = svg.slice(start).replace(/<[a-z][^<>]*>/g, (tag) => tag.replace(/ (?:role|aria-[a-z]+)="[^"]*"/g, ''));
  return svg.slice(0, start) + inside;
}

export function factsMarkup(facts: readonly { readonly name: string; readonly value: string }[]): Markup | undefined {
  if (facts.length === 0) return undefined;
  return html`<dl class="facts">
    ${facts.map(
      ({ name, value }) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="${value.length > 14 ? 'long' : ''}">${value}</dd>
        </div>`,
    )}
  </dl> `;
}
