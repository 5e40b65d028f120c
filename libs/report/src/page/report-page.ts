import type { RunDetails } from '@xaigrid/contracts';
import { html, trusted, type Markup } from './markup.js';
import type { GalleryGroup, ReportData } from './page-data.js';
import { createFigureMarkup, factsMarkup, tableMarkup, type Draw } from './page-parts.js';
import { pageStyle } from './page-style.js';
import { curvesMarkup, numbersMarkup, pairsMarkup, rankingsMarkup } from './results-part.js';
import { sortScript } from './sort-script.js';
import { whatWasRun } from './what-was-run.js';

/** The beginning of every page. A file that begins like this may be replaced by a newer page. */
export const pageStart = '<!doctype html>\n<!-- A report of xaigrid -->\n';

/**
 * One self-contained HTML page about one or several runs: no network, no script but the one that sorts tables (its content
 * security policy forbids both), font and pictures inside. The same data give the same page, byte for byte.
 */
export function reportPage(data: ReportData): string {
  const { runs } = data;
  const draw = createFigureMarkup();
  const sections = [
    { id: 'results', title: 'Results', body: rankingsMarkup(data) },
    { id: 'curves', title: 'Curves and differences', body: inDetail(data, curvesMarkup(data, draw)) },
    { id: 'pairs', title: 'Methods in pairs', body: inDetail(data, pairsMarkup(data)) },
    { id: 'gallery', title: 'Samples', body: inDetail(data, galleryMarkup(data, draw)) },
    { id: 'numbers', title: 'All numbers', body: numbersMarkup(data) },
    { id: 'model', title: 'The models', body: inDetail(data, modelsMarkup(data, draw)) },
    { id: 'run', title: 'What was run', body: whatWasRun(runs, data.methods) },
  ].filter(({ body }) => body.length > 0);
  const title = [...new Set(runs.map(({ name }) => name))].join(', ');
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; script-src ${trusted(sortScript.allowed)}; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
      />
      <meta name="generator" content="xaigrid ${data.version}" />
      <title>${title}: report of ${runs.length > 1 ? 'runs' : 'run'} ${runs.map(({ id }) => id.slice(0, 8)).join(', ')}</title>
      <style>
        ${trusted(pageStyle())}
      </style>
    </head>
    <body>
      <a class="skip" href="#content">To the content</a>
      <div class="page">
        <header>
          <p class="kicker">${runs.length > 1 ? `Report of ${runs.length} runs` : 'Report of a run'}</p>
          <h1>${title}</h1>
          ${runs.map(
            (run) =>
              html`<p class="faint">
                  Run ${run.id}${runs.length > 1 ? ` (${run.name})` : ''}, ${run.state.replaceAll('-', ' ')},
                  ${day(run.finishedAt ?? run.startedAt ?? run.createdAt)}
                </p>
                ${interruptedMarkup(run)}`,
          )}
          ${
            data.chosen === undefined
              ? undefined
              : html`<p class="note">
                  A part of what was run, chosen by <code>${data.chosen.options}</code>:
                  ${runs.reduce((sum, { evaluations }) => sum + evaluations.length, 0)} of ${data.chosen.evaluations} evaluations.
                </p>`
          }
          <nav aria-label="Parts of this page">
            <ul>
              ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main id="content">
          ${sections.map(
            ({ id, title, body }) =>
              html`<section id="${id}" aria-labelledby="${id}-title">
                <h2 id="${id}-title">${title}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <footer>
          <p>Made by xaigrid ${data.version} from what is stored. This page needs no network; its one script sorts tables.</p>
        </footer>
      </div>
      ${trusted(sortScript.element)}
    </body>
  </html> `;
  return pageStart + page.markup;
}

/** Adds a note if only the first pairs of model and data set are shown. */
function inDetail({ results, models }: ReportData, body: readonly Markup[]): Markup[] {
  const isOfAll = models.length >= results.length || body.length === 0;
  const note = html`<p class="note">
    This part is about the first ${models.length} of ${results.length} pairs of model and data set; results and numbers are of
    all.
  </p> `;
  return isOfAll ? [...body] : [note, ...body];
}

function interruptedMarkup({ state, id }: RunDetails): Markup | undefined {
  if (state !== 'interrupted') return undefined;
  return html`<p>
    The run was interrupted, so the page shows only the results until then. <code>xaigrid resume ${id}</code> continues it.
  </p>`;
}

/** `2026-01-02 03:04 UTC` */
function day(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

function modelsMarkup({ models }: ReportData, draw: Draw): Markup[] {
  return models.map(
    ({ title, note, facts, tables, figures }) =>
      html`<h3>${title}</h3>
        ${note === undefined ? undefined : html`<p>${note}</p>`}${factsMarkup(facts)}${tables.map((table) => tableMarkup(table))}${figures.map((figure) => draw(figure))}`,
  );
}

function galleryMarkup({ gallery }: ReportData, draw: Draw): Markup[] {
  const group = ({ title, rule, table, figures }: GalleryGroup): Markup =>
    html`<h4>${title}</h4>
      <p class="faint">${rule}</p>
      ${
        table === undefined ? html`<p>There is no such sample.</p> ` : undefined
      }${figures.map((figure) => draw(figure))}${table === undefined ? undefined : tableMarkup(table)}`;
  return gallery.map(
    ({ title, note, groups }) =>
      html`<h3>${title}</h3>
        <p>${note}</p>
        ${groups.map(group)}`,
  );
}
