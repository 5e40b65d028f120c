import { XaigridError, type ComparisonFilter, type RunSummary, type ScoreRequestFilter } from '@xaigrid/contracts';
import {
  attemptsPhrase,
  formatComparisons,
  formatScores,
  formatTable,
  sampleRange,
  scoreFormats,
  tableFormats,
} from '@xaigrid/report';
import { withControl, type ControlOptions } from '../open-control.js';
import type { Terminal } from '../terminal.js';

export interface ListOptions extends ControlOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** `xaigrid list`: the newest runs. */
export async function list(terminal: Terminal, options: ListOptions): Promise<void> {
  const runs = await withControl(options, (control) => control.list({ limit: options.limit }));
  if (options.json === true) {
    terminal.data(`${JSON.stringify(runs, undefined, 2)}\n`);
    return;
  }
  if (runs.length === 0) terminal.note('No runs yet. "xaigrid init" writes a spec, "xaigrid run" computes it.');
  for (const run of runs) terminal.data(`${summaryLine(run)}\n`);
  const cutOff = runs.filter(({ state }) => state === 'interrupted');
  if (cutOff.length > 0) terminal.note(`Go on with what was interrupted: ${resumeCommand(cutOff[0]?.id ?? '', options)}`);
}

/** The command that goes on with a run, where it is kept. */
function resumeCommand(id: string, { server }: ControlOptions): string {
  return `xaigrid resume ${id}${server === undefined ? '' : ` --server ${server}`}`;
}

function summaryLine({ id, state, createdAt, priority, name }: RunSummary): string {
  const aside = priority === 0 ? '' : `  (priority ${priority})`;
  return `${id}  ${state.padEnd(18)}  ${createdAt.slice(0, 19).replace('T', ' ')}  ${name}${aside}`;
}

/** `xaigrid show RUN`: what was run, how far it is, what failed. */
export async function show(
  terminal: Terminal,
  reference: string,
  options: ControlOptions & { readonly json?: boolean },
): Promise<void> {
  const details = await withControl(options, (control) => control.show(reference));
  if (options.json === true) {
    terminal.data(`${JSON.stringify(details, undefined, 2)}\n`);
    return;
  }
  const { progress, counters, versions } = details;
  const lines = [
    summaryLine(details),
    `made with xaigrid ${versions.xaigrid}, Node ${versions.node}, ${versions.platform}`,
    `samples ${progress.samples}, explained ${progress.explained}, scored ${progress.scored}, failed ${progress.failed}`,
    `maps computed ${counters.mapsComputed}, reused ${counters.mapsReused}; scores computed ${counters.scoresComputed}, reused ${counters.scoresReused}`,
    ...(details.error === undefined ? [] : [`error ${details.error.code}: ${details.error.message}`]),
    ...(details.state === 'interrupted'
      ? [`no process computes it any more; go on with: ${resumeCommand(details.id, options)}`]
      : []),
    ...(details.waits ?? []).map((reason) => `waits: ${reason}`),
    '',
    ...details.evaluations.flatMap((evaluation) => [
      `evaluation ${evaluation.ordinal}: ${evaluation.label}`,
      `  data set ${evaluation.dataset} (${evaluation.datasetFingerprint.slice(0, 12)}), ${evaluation.samples} samples, ${evaluation.settings} settings, seed ${evaluation.seed}`,
      `  model ${evaluation.model} (${evaluation.modelFingerprint.slice(0, 12)}) on ${evaluation.engine}`,
      `  ${evaluation.method} version ${evaluation.methodVersion}, explained class ${evaluation.explainedClass}, ${JSON.stringify(evaluation.params)}`,
    ]),
    ...(details.failures.length === 0 ? [] : ['', 'failures:']),
    ...details.failures.map(
      (failure) =>
        `  evaluation ${failure.evaluation}, ${sampleRange(failure)}, ${failure.stage}, ${attemptsPhrase(failure)}: ${failure.code}: ${failure.message}`,
    ),
  ];
  terminal.data(`${lines.join('\n')}\n`);
}

/** `xaigrid table RUN…`: results of one or several runs side by side. */
export async function table(
  terminal: Terminal,
  references: readonly string[],
  options: ControlOptions & { readonly format: string },
): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const rows = await withControl(options, (control) => control.table(references.length === 0 ? ['latest'] : references));
  terminal.data(formatTable(rows, format));
}

export interface CompareOptions extends ControlOptions {
  readonly format: string;
  readonly against?: string;
  readonly measure?: string;
  readonly keep?: string;
}

/** `xaigrid compare RUN`: evaluations in pairs, sample by sample. */
export async function compare(terminal: Terminal, reference: string, options: CompareOptions): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const { against, measure, keep } = options;
  const filter: ComparisonFilter = {
    ...(against === undefined ? {} : { against }),
    ...(measure === undefined ? {} : { measure }),
    ...(keep === undefined ? {} : { setting: keepSetting(keep) }),
  };
  const comparisons = await withControl(options, (control) => control.comparisons(reference, filter));
  if (comparisons.length === 0)
    terminal.note('Nothing to compare: it takes two evaluations with scores of the same data set, model, metric and setting.');
  terminal.data(formatComparisons(comparisons, format));
}

export interface ScoresOptions extends ControlOptions {
  readonly format: string;
  readonly sample?: number;
  readonly class?: number;
  readonly method?: string;
  readonly keep?: string;
  readonly dropMin?: number;
  readonly dropMax?: number;
  readonly degenerate?: boolean;
  readonly sort?: string;
  readonly limit: number;
  readonly offset: number;
}

/** `xaigrid scores RUN`: per-sample scores. */
export async function scores(terminal: Terminal, reference: string, options: ScoresOptions): Promise<void> {
  const format = oneOf(options.format, scoreFormats, '--format');
  const { sample, method, degenerate, sort, limit, offset, dropMin: low, dropMax: high } = options;
  const filter: ScoreRequestFilter = {
    ...(sample === undefined ? {} : { sample }),
    ...(options.class === undefined ? {} : { class: options.class }),
    ...(method === undefined ? {} : { method }),
    ...(options.keep === undefined ? {} : { setting: keepSetting(options.keep) }),
    ...(low === undefined && high === undefined
      ? {}
      : { range: { measure: 'drop', ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) } }),
    ...(degenerate === undefined ? {} : { degenerate }),
    ...(sort === undefined ? {} : { sort }),
    ...{ limit, offset },
  };
  terminal.data(formatScores(await withControl(options, (control) => control.scores(reference, filter)), format));
}

/** `0.3` is a keep fraction, `>0.5` a keep threshold. */
function keepSetting(text: string): Readonly<Record<string, number>> {
  const threshold = text.startsWith('>');
  const value = Number(threshold ? text.slice(1) : text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new XaigridError('USAGE', `--keep ${text}: expected a keep fraction such as 0.3, or a keep threshold such as ">0".`);
  return threshold ? { keepThreshold: value } : { keepFraction: value };
}

export function oneOf<Choice extends string>(text: string, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new XaigridError('USAGE', `${option} ${text}: expected one of ${choices.join(', ')}.`);
  return choice;
}
