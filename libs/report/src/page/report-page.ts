import type { RunDetails, TableRow } from '@xaigrid/contracts';
import type { Figure } from '../figures/figure.js';
import { tableColumns } from '../table-columns.js';
import { html, trusted, type Markup } from './markup.js';
import type { GalleryGroup, PageTable, ReportData } from './page-data.js';
import { createFigureMarkup, factsMarkup, groupsOf, tableMarkup } from './page-parts.js';
import { pageStyle } from './page-style.js';
import { resultWarnings } from './result-warnings.js';
import { whatWasRun } from './what-was-run.js';

/** How every page begins; a file that begins so may be replaced by a newer page. */
export const pageStart = '<!doctype html>\n<!-- A report of xaigrid -->\n';

type Draw = (figure: Figure) => Markup;

/**
 * One self-contained HTML page about a run: no script, no network (its content security policy forbids both), font and pictures
 * inside. The same data give the same page, byte for byte.
 */
export function reportPage(data: ReportData): string {
  const { run, rows } = data;
  const draw = createFigureMarkup();
  const sections = [
    { id: 'run', title: 'What was run', body: whatWasRun(run) },
    { id: 'model', title: 'The models', body: modelsMarkup(data, draw) },
    { id: 'results', title: 'How faithful the explanations are', body: resultsMarkup(rows, run) },
    { id: 'pairs', title: 'Methods in pairs', body: pairsMarkup(data) },
    { id: 'curves', title: 'Drop and increase against what is kept', body: data.figures.map((figure) => draw(figure)) },
    { id: 'gallery', title: 'Samples', body: galleryMarkup(data, draw) },
  ].filter(({ body }) => body.length > 0);
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
      />
      <meta name="generator" content="xaigrid ${data.version}" />
      <title>${run.name}: report of run ${run.id.slice(0, 8)}</title>
      <style>
        ${trusted(pageStyle())}
      </style>
    </head>
    <body>
      <a class="skip" href="#content">To the content</a>
      <div class="page">
        <header>
          <p class="kicker">Report of a run</p>
          <h1>${run.name}</h1>
          <p class="faint">
            Run ${run.id}, ${run.state.replaceAll('-', ' ')}, ${day(run.finishedAt ?? run.startedAt ?? run.createdAt)}
          </p>
          ${interruptedMarkup(run)}
          ${
            data.chosen === undefined
              ? undefined
              : html`<p>
                  A part of the run, chosen by <code>${data.chosen.options}</code>: ${run.evaluations.length} of its
                  ${data.chosen.evaluations} evaluations.
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
          <p>Made by xaigrid ${data.version} from what is stored of the run. This page needs no network and holds no script.</p>
        </footer>
      </div>
    </body>
  </html> `;
  return pageStart + page.markup;
}

function interruptedMarkup({ state, id }: RunDetails): Markup | undefined {
  if (state !== 'interrupted') return undefined;
  return html`<p>
    It was interrupted: what is shown is what was computed until then. <code>xaigrid resume ${id}</code> goes on.
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

const metricTitles: Readonly<Record<string, string>> = {
  'drop-increase': 'Drop rate and increase rate',
  'deletion-insertion': 'Insertion and deletion',
  'pointing-game': 'Pointing games',
};

function resultsMarkup(rows: readonly TableRow[], run: RunDetails): Markup[] {
  if (rows.length === 0) return [html`<p>No results are stored yet: the run is ${run.state}.</p>`];
  const metrics = groupsOf(rows, ({ metric }) => metric);
  return [
    html`<p>
      Means over the samples, with 95 % intervals in brackets. The lower the drop rate and the higher the increase rate, the more
      of what the model needs is in the positions that a map keeps. Collapse: the largest share of one class among the predictions
      for masked inputs.
    </p> `,
    ...warningsMarkup(rows),
    ...metrics.flatMap(([metric, group]) =>
      groupsOf(group, ({ dataset, model }) => `${model} on ${dataset}`).map(([subject, rowsOfOne]) =>
        resultTable(`${metricTitles[metric] ?? metric}: ${subject}`, rowsOfOne),
      ),
    ),
  ];
}

function resultTable(title: string, rows: readonly TableRow[]): Markup {
  // The caption and the page say these.
  const columns = tableColumns(rows).filter(({ key }) => !['run', 'dataset', 'model'].includes(key));
  const firsts = new Set(
    rows.flatMap((row, at) => {
      const before = rows[at - 1];
      return before !== undefined && before.label !== row.label ? [at] : [];
    }),
  );
  const table: PageTable = {
    caption: title,
    columns: columns.map(({ title: name, align }) => ({ title: name, align })),
    rows: rows.map((row) => columns.map((column) => column.text(row))),
  };
  return tableMarkup(table, firsts);
}

function pairsMarkup({ comparisons }: ReportData): Markup[] {
  if (comparisons.length === 0) return [];
  return [
    html`<p>
      Two methods see the same samples, so that their drops are compared sample by sample: the mean of the method’s drop minus the
      other’s, with its 95 % interval, and on how many samples it is higher and lower. Below zero the method’s maps keep more of
      what the model needs. An interval without zero tells two methods apart; of many pairs, one in twenty does so by chance.
    </p> `,
    ...comparisons.map((table) => tableMarkup(table)),
  ];
}

function warningsMarkup(rows: readonly TableRow[]): Markup[] {
  const warnings = resultWarnings(rows);
  if (warnings.length === 0) return [html`<p>No warnings: no collapse, no degenerate map, no tie at a threshold.</p> `];
  const bySubject = groupsOf(warnings, ({ subject }) => subject);
  return [
    html`<div class="warnings" role="note">
      <h3 style="margin:0">Before you believe the rates</h3>
      <ul>
        ${bySubject.map(
          ([subject, group]) => html`<li><strong>${subject}</strong>: ${group.map(({ text }) => text).join(' ')}</li> `,
        )}
      </ul>
    </div> `,
  ];
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
