import {
  isErrorCode,
  retryOf,
  reviveError,
  selectionOptions,
  selectionThatChooses,
  type RunDetails,
  type RunState,
  type TableRow,
} from '@xaigrid/contracts';
import { failedSubject } from '@xaigrid/report';
import { counted } from '../counted.js';
import { commandLine } from '../hints.js';
import type { OpenControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import { resultsText } from './table.js';
import type { FollowOptions } from './follow-options.js';

/** Failures that are listed; `show` has more. */
const MOST_FAILURES = 5;

/** Prints the results of a run that is over, and what the user can do with them. Sets the exit status. */
export async function printResult(
  terminal: Terminal,
  { control }: OpenControl,
  { runId, state, options }: { readonly runId: string; readonly state: RunState; readonly options: FollowOptions },
): Promise<void> {
  const [details, rows] = await Promise.all([control.show(runId), control.table([runId])]);
  if (options.json === true) terminal.data(`${JSON.stringify({ run: details, table: rows }, undefined, 2)}\n`);
  else terminal.data(resultsText(terminal, rows, details.untilDecided === undefined ? [] : [details.untilDecided]));
  const { mapsComputed, mapsReused, scoresComputed, scoresReused } = details.counters;
  terminal.note('');
  terminal.note(
    `${counted(mapsComputed, 'map')} computed, ${mapsReused} reused; ${counted(scoresComputed, 'score')} computed, ${scoresReused} reused, one a sample and setting.`,
  );
  terminal.note(`Stored as run ${runId} in ${control.location}.`);
  if (state === 'failed') throw reviveError(details.error ?? { code: 'INTERNAL', message: `Run ${runId} failed.` });
  if (state === 'cancelled') {
    terminal.note('The run was cancelled.');
    process.exitCode = 1;
    return;
  }
  if (state === 'interrupted' || state === 'planned' || state === 'running') {
    const { scored, samples } = details.progress;
    terminal.note(
      `The run is ${state}, not done: ${scored} of ${counted(samples, 'sample')} are scored. Continue with: ${commandLine(options, 'resume', runId)}`,
    );
    process.exitCode = 130;
    return;
  }
  if (state === 'done-with-failures') {
    process.exitCode = 3;
    for (const failure of details.failures.slice(0, MOST_FAILURES)) {
      terminal.note(`${failedSubject(failure, details.evaluations)} failed: ${failure.code}: ${failure.message}`);
    }
    const left = details.failures.length - MOST_FAILURES;
    if (left > 0) terminal.note(`and ${left} more: ${commandLine(options, 'show', runId)}`);
    terminal.note(waysOn(details, commandLine(options, 'resume', runId, '--failed')));
    return;
  }
  const [first] = details.evaluations;
  const taken = first?.chosen === undefined ? [] : ((await control.evaluation(runId, first.ordinal)).sampleIndices ?? []);
  terminal.note('Try next:');
  const next = nextCommands(details, rows, taken[0] ?? 0);
  // A server has the page itself, at its address.
  const page = (options.server ?? process.env.XAIGRID_SERVER) === undefined ? [['ui']] : [];
  for (const words of [...next, ...page]) terminal.note(`  ${commandLine(options, ...words)}`);
}

/** What the user can do about samples that failed. @param again the command that tries them again */
function waysOn({ failures }: RunDetails, again: string): string {
  const codes = failures.map(({ code }) => code);
  if (codes.some((code) => !isErrorCode(code) || retryOf(code) !== 'never'))
    return `Some samples failed. Try them again with: ${again}`;
  // These errors mean that a file was changed. If the user restores it, the samples can be computed.
  if (codes.some((code) => code === 'DATASET_CHANGED' || code === 'MODEL_CHANGED'))
    return `Some samples failed. Restore the files to what they were, and then try again with: ${again}`;
  return 'Some samples failed. Another attempt would fail in the same way, because the run has its files as they were when it was planned. Correct the cause and run the spec again. If you change a file of a data set or of stored maps, all maps made from it are computed again; all others are reused.';
}

/** Commands that work on this run as it is. Tests run every one. */
function nextCommands({ id, evaluations }: RunDetails, rows: readonly TableRow[], firstSample: number): string[][] {
  const all = evaluations.map((evaluation) => ({ ...evaluation, evaluation: evaluation.ordinal }));
  const [first] = all;
  const measure = Object.keys(rows[0]?.measures ?? {})[0];
  return [
    ['table', id, '--format', 'markdown'],
    ...(evaluations.length > 1 ? [['compare', id]] : []),
    ...(measure === undefined ? [] : [['scores', id, `--sort=-${measure}`, '--limit', '10']]),
    ...(first === undefined
      ? []
      : [['map', id, ...selectionOptions(selectionThatChooses(first, all)), '--sample', String(firstSample)]]),
    ['report', id],
  ];
}
