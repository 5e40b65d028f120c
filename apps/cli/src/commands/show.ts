import { grouped, percentDone, samplesInWords, type Reason, type RunDetails, type TableRow } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { againstEvaluation, attemptsPhrase, failedSubject, formatDecisions, whatItReads } from '@xaigrid/report';
import { counted } from '../counted.js';
import { fitLines } from '../fit-lines.js';
import { commandLine } from '../hints.js';
import { shownState, stoppingNote } from '../run-state.js';
import { withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface ShowOptions extends ControlOptions {
  readonly json?: boolean;
  readonly pager: boolean;
}

/** What the table has of an evaluation. */
interface Results {
  readonly metrics: readonly { readonly metric: string; readonly settings: number }[];
  /** What speaks against it. */
  readonly against: readonly Reason[];
}

/** By the ordinal of the evaluation. */
type ResultsOf = ReadonlyMap<number, Results>;

/** `xaigrid show RUN`: what was run, how far it is, what speaks against its results, what failed. */
export async function show(terminal: Terminal, reference: string, options: ShowOptions): Promise<void> {
  const { details, results } = await withControl(options, async (control) => {
    const found = await control.show(reference);
    const rows = grouped(await control.table([found.id]), ({ evaluation }) => evaluation);
    const resultsOf = (own: readonly TableRow[]): Results => ({
      metrics: [...grouped(own, ({ metric }) => metric)].map(([metric, { length: settings }]) => ({ metric, settings })),
      against: againstEvaluation(own),
    });
    return { details: found, results: new Map([...rows].map(([ordinal, own]) => [ordinal, resultsOf(own)])) };
  });
  if (options.json === true) {
    const evaluations = details.evaluations.map((one) => ({
      ...one,
      ...(results.get(one.ordinal) ?? { metrics: [], against: [] }),
    }));
    terminal.data(`${JSON.stringify({ ...details, evaluations }, undefined, 2)}\n`);
  } else {
    await terminal.page(fitLines(detailsText(details, results, options), terminal.tables.width), options);
  }
}

function detailsText(details: RunDetails, results: ResultsOf, options: ControlOptions): string {
  const { progress, counters, versions } = details;
  const lines = [
    summaryLine(details),
    ...(details.tags.length === 0 ? [] : [`tags ${details.tags.join(', ')}`]),
    ...(details.note === '' ? [] : details.note.split('\n').map((line) => `note ${line}`)),
    `made with xaigrid ${versions.xaigrid}, Node ${versions.node}, ${versions.platform}`,
    `samples of all evaluations ${progress.samples}, explained ${progress.explained}, scored ${progress.scored}, failed ${progress.failed}`,
    `${percentDone(progress, details.state)} % of the work is done`,
    `maps computed ${counters.mapsComputed}, reused ${counters.mapsReused}; scores computed ${counters.scoresComputed}, reused ${counters.scoresReused}`,
    ...(details.state === 'interrupted'
      ? [`no process computes it any more; continue with: ${commandLine(options, 'resume', details.id)}`]
      : []),
    ...(details.stopping === true ? [`${stoppingNote}; continue with: ${commandLine(options, 'resume', details.id)}`] : []),
    ...(details.waits ?? []).map((reason) => `waits: ${reason}`),
    ...(details.error === undefined ? [] : [`error ${details.error.code}: ${details.error.message}`]),
    ...(details.untilDecided === undefined
      ? []
      : ['', formatDecisions(details.untilDecided, { describe: describeMeasure }).trimEnd()]),
    '',
    ...details.evaluations.flatMap((evaluation) => [
      `evaluation ${evaluation.ordinal}: ${evaluation.label}`,
      `  data set ${evaluation.dataset} (${evaluation.datasetFingerprint.slice(0, 12)}), ${samplesInWords(evaluation)}; ${counted(evaluation.settings, 'setting')}, seed ${evaluation.seed}`,
      `  model ${evaluation.model} (${evaluation.modelFingerprint.slice(0, 12)}) on ${evaluation.engine}${computedByText(evaluation)}`,
      `  ${evaluation.method} version ${evaluation.methodVersion}, explained class ${evaluation.explainedClass}, ${paramsText(evaluation.params)}`,
      ...whatItReads(evaluation, { digits: 12 }).map((part) => `  ${part}`),
      ...metricsText(results.get(evaluation.ordinal)),
      ...(results.get(evaluation.ordinal)?.against ?? []).map(({ code, text }) => `  against it: ${code}: ${text}`),
    ]),
    ...(details.failures.length === 0 ? [] : ['', 'failures:']),
    ...details.failures.map(
      (failure) =>
        `  ${failedSubject(failure, details.evaluations)}, ${failure.stage}, ${attemptsPhrase(failure)}: ${failure.code}: ${failure.message}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** `  metrics drop-increase (3 settings), complexity` */
function metricsText(results: Results | undefined): string[] {
  const texts = (results?.metrics ?? []).map(({ metric, settings }) =>
    settings === 1 ? metric : `${metric} (${settings} settings)`,
  );
  return texts.length === 0 ? [] : [`  metrics ${texts.join(', ')}`];
}

/** JSON with a space between parameters, so that lines can be wrapped there. */
function paramsText(params: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(params).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{${entries.join(', ')}}`;
}

function summaryLine({ id, createdAt, priority, name, ...run }: RunDetails): string {
  const aside = priority === 0 ? '' : `  (priority ${priority})`;
  return `${id}  ${shownState(run).padEnd(18)}  ${createdAt.slice(0, 19).replace('T', ' ')} UTC  ${name}${aside}`;
}

/** `, wasm, @tensorflow/tfjs 4.22.0, device cpu`; nothing for runs of versions that did not keep it. */
function computedByText({ engine, computedBy }: RunDetails['evaluations'][number]): string {
  if (computedBy === undefined) return '';
  const { backend, version, device = 'cpu' } = computedBy;
  return `${engine === 'onnxruntime' ? '' : `, ${backend}`}, ${version}, device ${device}`;
}
