import { samplesInWords, type MethodDescription, type RunDetails } from '@xaigrid/contracts';
import { html, type Markup } from './markup.js';
import { factsMarkup, tableMarkup } from './page-parts.js';
import { failedSubject } from '../sample-range.js';
import { whatItReads } from '../what-it-reads.js';

/** The spec as written and as resolved, and the machine and versions of the run. */
export function whatWasRun(runs: readonly RunDetails[], methods: readonly MethodDescription[]): Markup[] {
  return [
    ...runs.flatMap((run) => [...(runs.length > 1 ? [html`<h3>${run.name}, run ${run.id}</h3> `] : []), ...oneRun(run)]),
    ...methodsMarkup(runs, methods),
  ];
}

/** What each method is, and its source. */
function methodsMarkup(runs: readonly RunDetails[], methods: readonly MethodDescription[]): Markup[] {
  const used = new Set(runs.flatMap(({ evaluations }) => evaluations.map(({ method }) => method)));
  const described = methods.filter(({ method }) => used.has(method));
  if (described.length === 0) return [];
  return [
    html`<details class="meanings">
      <summary>What the methods are, and their sources</summary>
      <dl>
        ${described.map(
          ({ method, title, summary, source }) =>
            html`<dt>${title}${title === method ? undefined : html` (<code>${method}</code>)`}</dt>
              <dd>${summary} Source: ${source}</dd>`,
        )}
      </dl>
    </details>`,
  ];
}

function oneRun(run: RunDetails): Markup[] {
  const { versions, progress, counters, evaluations } = run;
  return [
    html`${factsMarkup([
      { name: 'Samples × methods scored', value: `${progress.scored} of ${progress.samples}` },
      { name: 'Maps computed, reused', value: `${counters.mapsComputed}, ${counters.mapsReused}` },
      { name: 'Scores computed, reused', value: `${counters.scoresComputed}, ${counters.scoresReused}` },
      // This includes the time in which an interrupted or failed run waited to be resumed; the store has no other times.
      ...(run.startedAt === undefined || run.finishedAt === undefined
        ? []
        : [{ name: 'From first start to last end', value: duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) }]),
      { name: 'Versions', value: `xaigrid ${versions.xaigrid}, Node ${versions.node}` },
      { name: 'Machine', value: versions.platform },
    ])}`,
    ...failuresMarkup(run),
    tableMarkup({
      caption: 'Evaluations',
      columns: [
        { title: 'Method', align: 'left' },
        { title: 'Data set', align: 'left' },
        { title: 'Model', align: 'left' },
        { title: 'Engine', align: 'left' },
        { title: 'Explained class', align: 'left' },
        { title: 'Seed', align: 'right' },
        { title: 'Samples', align: 'left' },
        { title: 'Settings', align: 'right' },
      ],
      rows: evaluations.map((evaluation) => [
        evaluation.label,
        evaluation.dataset,
        evaluation.model,
        evaluation.engine,
        String(evaluation.explainedClass),
        String(evaluation.seed),
        samplesInWords(evaluation),
        String(evaluation.settings),
      ]),
    }),
    html`<details>
        <summary>Fingerprints and parameters</summary>
        ${tableMarkup({
          caption: 'Identities of models, data sets and maps',
          columns: [
            ...['Method', 'Version', 'Parameters', 'Files, background'],
            ...['Model fingerprint', 'Data set fingerprint', 'Map key'],
          ].map((title) => ({ title, align: 'left' as const })),
          rows: evaluations.map((evaluation) => [
            evaluation.label,
            String(evaluation.methodVersion),
            JSON.stringify(evaluation.params),
            whatItReads(evaluation, { digits: 64 }).join('; '),
            evaluation.modelFingerprint,
            evaluation.datasetFingerprint,
            evaluation.mapSetKey,
          ]),
        })}
      </details>
      <details>
        <summary>The spec, as it was written</summary>
        <pre tabindex="0" role="group" aria-label="The spec"><code>${run.specText}</code></pre>
      </details> `,
  ];
}

/** Failures that are listed; more are counted. */
const MOST_FAILURES = 20;

function failuresMarkup({ error, failures, evaluations }: RunDetails): Markup[] {
  if (error === undefined && failures.length === 0) return [];
  const left = failures.length - MOST_FAILURES;
  return [
    html`<div class="warnings" role="note">
      <h3>What failed</h3>
      <ul>
        ${error === undefined ? undefined : html`<li>${error.code}: ${error.message}</li>`}${failures
          .slice(0, MOST_FAILURES)
          .map(
            (failure) =>
              html`<li>In ${failedSubject(failure, evaluations)}, ${failure.stage}: ${failure.code}: ${failure.message}</li> `,
          )}${left > 0 ? html`<li>and ${left} others</li>` : undefined}
      </ul>
    </div> `,
  ];
}

/** `2 h 3 min`, `4.2 s` */
function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
