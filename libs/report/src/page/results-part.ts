import { isUnderWay, stateInWords, type DescribeMeasure, type MetricDescription, type TableRow } from '@xaigrid/contracts';
import { describedMeasure, describedMetric, directionInWords, resultMeasures } from '../descriptions.js';
import { decisionsNote, decisionTexts, samplesUntilDecided } from '../decisions.js';
import { estimatePlaces, formatEstimate } from '../estimate-text.js';
import { groupsOf } from '../groups.js';
import type { MethodPair } from '../method-pairs.js';
import { modelAccuracies } from '../model-accuracy.js';
import { comparedAt, whySetting } from '../ranking.js';
import { resultWarnings } from '../result-warnings.js';
import { samplesTaken } from '../samples-taken.js';
import { againstInWords, formatMeasure, labelOf, placesOf, tableColumns } from '../table-columns.js';
import { headline, pairBetween } from './headlines.js';
import { html, type Markup } from './markup.js';
import type { PageTable, RankingPart, ReportData, ResultPart } from './page-data.js';
import { tableMarkup, type Draw } from './page-parts.js';

/** Up to this number of methods, the page lists every pair. Of more, it lists the pairs with the best and with controls. */
const MOST_PAIRED = 16;

/** Longer tables of pairs are closed at first. */
const OPEN_PAIRS = 15;

/** First the result in words, then warnings, then the rankings. */
export function rankingsMarkup(data: ReportData): Markup[] {
  const { results, runs, rows } = data;
  if (rows.length === 0) {
    const states = [...new Set(runs.map(({ state }) => stateInWords(state)))].join(', ');
    const yet = runs.some(({ state }) => isUnderWay(state)) ? ' yet' : '';
    return [html`<p>No results are stored${yet}: the run ${states}.</p>`];
  }
  return results.map(
    ({ title, rows: own, rankings }) =>
      html`<h3>${title}</h3>
        ${takenMarkup(own)}${decisionsMarkup(own, data)}${accuracyMarkup(title, own)}${rankings.map((part) => headline(part))}${warningsMarkup(own, data)}${rankings.map(
          (part) => tableMarkup(rankingTable(part, own)),
        )}`,
  );
}

/** The samples that the results are about, if they are not the whole data set. */
function takenMarkup(rows: readonly TableRow[]): Markup[] {
  return samplesTaken(rows).map((sentence) => html`<p class="note">Samples taken of ${sentence}</p>`);
}

/** Which pairs of methods are decided, of runs that took samples until they were. */
function decisionsMarkup(rows: readonly TableRow[], { runs, metrics }: ReportData): Markup[] {
  const describe: DescribeMeasure = (metric, measure) => describedMeasure(describedMetric(metrics, metric), measure);
  return runs.flatMap(({ id, untilDecided }) => {
    const isHere = ({ dataset, model }: { readonly dataset: string; readonly model: string }): boolean =>
      rows.some((row) => row.runId === id && row.dataset === dataset && row.model === model);
    const [taken, pairs] = [untilDecided?.taken.filter(isHere) ?? [], untilDecided?.pairs.filter(isHere) ?? []];
    if (untilDecided === undefined || taken.length === 0) return [];
    const { columns, rows: cells } = decisionTexts(pairs, untilDecided.within, describe);
    return [
      html`<p>${samplesUntilDecided({ ...untilDecided, taken, pairs }).join(' ')}</p>`,
      ...(pairs.length === 0 ? [] : [tableMarkup({ caption: decisionsNote(untilDecided), columns, rows: cells, rowHeader: 3 })]),
    ];
  });
}

/** How good the model is. An explanation of a model at chance explains nothing. */
function accuracyMarkup(heading: string, rows: readonly TableRow[]): Markup[] {
  return modelAccuracies(rows).map(
    ({ title, text }) => html`<p class="note">${title === heading ? capitalised(text) : `${title}: ${text}`}.</p>`,
  );
}

function rankingTable({ ranking, pairs }: RankingPart, rows: readonly TableRow[]): PageTable {
  const { metric, measure, settings, methods, missing } = ranking;
  const others = resultMeasures(
    metric,
    rows.filter((row) => row.metric === metric.metric),
  ).filter(({ name }) => name !== measure.name);
  const best = methods.find(({ isControl }) => !isControl) ?? methods[0];
  const ranked = methods.map(({ row }) => row);
  const placesIn = (name: string): number => placesOf(ranked, name);
  const at = comparedAt(ranking);
  const isDoubted = ranked.some((row) => againstInWords(row) !== '');
  const why = settings > 1 ? `, of ${settings} settings ${whySetting(ranking)}` : '';
  const left = missing.length === 0 ? '' : ` Without a value there: ${missing.map(({ label }) => label).join(', ')}.`;
  return {
    caption: `${metric.title}${at === '' ? '' : ` at ${at}`}${why}.${left}`,
    columns: [
      { title: 'Rank', align: 'right' },
      { title: 'Method', align: 'left' },
      { title: `${measure.title} (${directionInWords(measure)})`, align: 'right' },
      { title: `Against ${best?.row.label ?? 'the best'}`, align: 'right' },
      ...others.map((other) => ({ title: `${other.title} (${directionInWords(other)})`, align: 'right' as const })),
      { title: 'Samples', align: 'right' },
      ...(isDoubted ? [{ title: 'What speaks against it', align: 'left' as const }] : []),
    ],
    rowHeader: 1,
    rows: methods.map(({ row, rank, isControl }) => [
      String(rank),
      labelOf(row, new Set(isControl ? [row.method] : [])),
      formatMeasure(row, measure.name, { places: placesIn(measure.name) }),
      row === best?.row ? '' : differenceText(pairs, row.label, best?.row.label ?? ''),
      ...others.map((other) => formatMeasure(row, other.name, { places: placesIn(other.name) })),
      row.samples === row.planned ? String(row.samples) : `${row.samples} of ${row.planned}`,
      ...(isDoubted ? [againstInWords(row)] : []),
    ]),
  };
}

function differenceText(pairs: readonly MethodPair[], first: string, second: string): string {
  const pair = pairBetween(pairs, first, second);
  return pair === undefined ? '–' : differenceEstimate(pair);
}

function differenceEstimate({ difference: value, interval }: Pick<MethodPair, 'difference' | 'interval'>): string {
  return formatEstimate({ value, interval }, estimatePlaces({ value, interval }));
}

/** Warnings before the rates, as short as possible: one line per kind, with the details in a list that opens. */
function warningsMarkup(rows: readonly TableRow[], { metrics, sumRemedies }: ReportData): Markup {
  const warnings = resultWarnings(rows, metrics, sumRemedies);
  if (warnings.length === 0) return html`<p class="faint">No warnings.</p> `;
  return html`<div class="warnings" role="note">
    <h4>Before you believe the numbers</h4>
    <ul>
      ${warnings.map(
        ({ text, details }) =>
          html`<li>
            ${text}${
              details.length === 0
                ? undefined
                : html`<details>
                    <summary>Where (${details.length})</summary>
                    <ul>
                      ${details.map((line) => html`<li>${line}</li>`)}
                    </ul>
                  </details>`
            }
          </li> `,
      )}
    </ul>
  </div> `;
}

export function curvesMarkup({ results }: ReportData, draw: Draw): Markup[] {
  return results
    .filter(({ figures, rankings }) => figures.length > 0 || rankings.some((part) => part.figures.length > 0))
    .map(
      ({ title, figures, rankings }) =>
        html`<h3>${title}</h3>
          ${notesOf(rankings)}${rankings.flatMap((part) => part.figures.map((figure) => draw(figure)))}${figures.map((figure) => draw(figure))}`,
    );
}

/** Notes about what figures leave out, once for all metrics that leave out the same. */
function notesOf(rankings: readonly RankingPart[]): Markup[] {
  const notes = new Set(rankings.flatMap(({ chosen }) => (chosen.note === undefined ? [] : [`Figures show ${chosen.note}`])));
  return [...notes].map((note) => html`<p class="note">${note}</p>`);
}

export function pairsMarkup({ results }: ReportData): Markup[] {
  const parts = results.flatMap(({ title, rankings }) =>
    rankings.filter(({ pairs }) => pairs.length > 0).map((part) => ({ title, part })),
  );
  if (parts.length === 0) return [];
  return [
    html`<p>
      All methods have the same samples, so two methods are compared sample by sample: the mean of the first value minus the
      second, with its 95 % interval, and the numbers of samples on which the first is higher and lower. An interval without zero
      tells two methods apart. Of many pairs of equal methods, one in twenty is told apart by chance.
    </p> `,
    ...parts.map(({ title, part }) => pairsTable(title, part)),
  ];
}

function pairsTable(title: string, { ranking, pairs, chosen }: RankingPart): Markup {
  const { measure } = ranking;
  const at = comparedAt(ranking);
  const special = new Set(chosen.shown.filter(({ isControl }, place) => isControl || place === 0).map(({ row }) => row.label));
  const many = chosen.shown.length > MOST_PAIRED;
  const shown = many ? pairs.filter(({ first, second }) => special.has(first) || special.has(second)) : pairs;
  const left = many
    ? ` ${shown.length} of ${pairs.length} pairs: those with the best and with controls; xaigrid compare has all.`
    : '';
  const note = chosen.note === undefined ? '' : ` Of ${chosen.note}`;
  const table = tableMarkup({
    caption: `${measure.title} (${directionInWords(measure)})${at === '' ? '' : ` at ${at}`}: ${title}.${left}${note}`,
    columns: [
      { title: 'Method', align: 'left' },
      { title: 'Against', align: 'left' },
      ...['Samples', 'Difference', 'Higher', 'Lower'].map((name) => ({ title: name, align: 'right' as const })),
    ],
    rows: shown.map(({ first, second, samples, difference, interval, higher, lower }) => [
      ...[first, second, String(samples), differenceEstimate({ difference, interval }), String(higher), String(lower)],
    ]),
  }); // The figures say what matters; who looks for one pair opens the table.
  return shown.length <= OPEN_PAIRS
    ? table
    : html`<details>
        <summary>${measure.title}${at === '' ? '' : ` at ${at}`}, ${title}: ${shown.length} of ${pairs.length} pairs</summary>
        ${table}
      </details> `;
}

/** Every number, in a table per metric and pair of model and data set, with the meaning of its measures. */
export function numbersMarkup({ results, metrics, methods }: ReportData): Markup[] {
  const controls = new Set(methods.flatMap(({ method, family }) => (family === 'control' ? [method] : [])));
  return results.flatMap(({ title, rows }: ResultPart) =>
    groupsOf(rows, ({ metric }) => metric).flatMap(([name, group]) => {
      const metric = describedMetric(metrics, name);
      const meanings = metric.measures.filter(({ role }) => role !== 'detail');
      return [
        resultTable(`${metric.title}: ${title}`, group, { metric, controls }),
        html`<details class="meanings">
          <summary>${metric.title}: what the numbers mean</summary>
          <dl>
            ${meanings.map(
              (measure) =>
                html`<dt>${measure.title}</dt>
                  <dd>
                    ${measure.meaning}${measure.direction === undefined ? '' : ` ${capitalised(directionInWords(measure))}.`}
                  </dd>`,
            )}
          </dl>
          <p>Source: ${metric.source}</p>
        </details>`,
      ];
    }),
  );
}

function resultTable(
  caption: string,
  rows: readonly TableRow[],
  { metric, controls }: { readonly metric: MetricDescription; readonly controls: ReadonlySet<string> },
): Markup {
  // These are in the caption and on the page.
  const describe: DescribeMeasure = (_, name) => describedMeasure(metric, name);
  const columns = tableColumns(rows, { describe, controls }).filter(({ key }) => !['run', 'dataset', 'model'].includes(key));
  const firsts = new Set(
    rows.flatMap((row, at) => {
      const before = rows[at - 1];
      return before !== undefined && before.label !== row.label ? [at] : [];
    }),
  );
  const table: PageTable = {
    caption: `${caption}. Means over the samples, with 95 % intervals in brackets.`,
    columns: columns.map(({ title, align }) => ({ title, align })),
    // There is room for words where a terminal has marks.
    rows: rows.map((row) => columns.map(({ key, text }) => (key === 'against' ? againstInWords(row) : text(row)))),
  };
  return tableMarkup(table, firsts);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
