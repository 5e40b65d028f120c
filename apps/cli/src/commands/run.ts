import {
  fileToShare,
  samplesInWords,
  submittedChoices,
  XaigridError,
  type FileToShare,
  type RunSubmission,
} from '@xaigrid/contracts';
import { planRun, type PlannedRun } from '@xaigrid/planning';
import { listenForShutdown, isOutage } from '@xaigrid/service';
import { commandLine } from '../hints.js';
import { openControl, type OpenControl } from '../open-control.js';
import { createProgress, progressStyle } from '../progress/index.js';
import { createReadingProgress } from '../progress/reading.js';
import { readChangedSpec, type SpecChanges } from '../read-spec.js';
import type { Terminal } from '../terminal.js';
import { dryRun } from './dry-run.js';
import { changesOf, type DescribingOptions } from './edit.js';
import { printResult } from './run-result.js';
import type { ControlOptions } from '../control-options.js';
import type { FollowOptions } from './follow-options.js';

export interface RunOptions extends ControlOptions, DescribingOptions, SpecChanges {
  readonly threads?: number;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly progress?: string;
}

/** `xaigrid run SPEC`: plans, computes and prints the table. */
export async function run(terminal: Terminal, file: string, options: RunOptions): Promise<void> {
  const changes = changesOf(options);
  refuseContradictions(options);
  progressStyle(options.progress);
  const submission = await planSubmission(terminal, file, options);
  for (const note of submission.notes) terminal.note(note);
  for (const note of samplesNotes(submission.run.evaluations)) terminal.note(note);
  if (options.dryRun === true) {
    await dryRun(terminal, submission, options);
    return;
  }
  const open = await openControl({ ...options, makeStore: true });
  try {
    await open.control.shareFiles(submission.files);
    const summary = await open.control.submit(submission.run);
    if (changes !== undefined) await open.control.edit(summary.id, changes);
    terminal.note(`run ${terminal.colors.bold(summary.id)} (${summary.name}), kept in ${open.control.location}`);
    if (options.detach === true) {
      terminal.data(`${summary.id}\n`);
      return;
    }
    await followToEnd(terminal, open, summary.id, options);
  } finally {
    await open.close();
  }
}

/** @throws USAGE for options that do not work together */
function refuseContradictions({ detach, dryRun: dry, server }: RunOptions): void {
  if (detach !== true) return;
  if (dry === true)
    throw new XaigridError(
      'USAGE',
      '--detach and --dry-run do not go together: a dry run computes nothing. Leave out one of them.',
    );
  if (server === undefined)
    throw new XaigridError('USAGE', '--detach needs --server: without a server this process itself computes the run.');
}

interface PlannedSubmission {
  readonly planned: PlannedRun;
  readonly run: RunSubmission;
  readonly files: readonly FileToShare[];
  /** Notes about them for the user. */
  readonly notes: readonly string[];
}

/** A sentence for each data set of which only a part is used. */
export function samplesNotes(evaluations: RunSubmission['evaluations']): string[] {
  const notes = evaluations.flatMap(({ plan: { dataset, samples, chosen } }) =>
    // What is taken until pairs are decided, the notes of the plan say.
    samples < dataset.size && chosen?.choose !== 'until-decided'
      ? [`Data set "${dataset.name}": ${samplesInWords({ samples, chosen, datasetSize: dataset.size })}.`]
      : [],
  );
  return [...new Set(notes)];
}

async function planSubmission(terminal: Terminal, file: string, options: RunOptions): Promise<PlannedSubmission> {
  const { spec, text, baseFolder } = await readChangedSpec(file, options);
  const onReading = createReadingProgress(terminal, progressStyle(options.progress));
  const planned = await planRun(spec, { baseFolder, keepChecks: options.dryRun !== true, onReading });
  return {
    planned,
    run: {
      name: spec.name,
      priority: spec.priority,
      specText: text,
      evaluations: planned.evaluations.map(({ plan, shardSize, work }) => ({ plan, shardSize, work })),
      ...submittedChoices(planned.choices),
      ...(planned.untilDecided === undefined ? {} : { untilDecided: planned.untilDecided }),
    },
    files: planned.files.flatMap((file) => fileToShare(file) ?? []),
    notes: planned.notes,
  };
}

/** Shows progress until the run is over, then its table. Ctrl-C once finishes the batches in hand, twice stops. */
export async function followToEnd(terminal: Terminal, open: OpenControl, runId: string, options: FollowOptions): Promise<void> {
  const shutdown = listenForShutdown();
  const progress = createProgress(terminal, progressStyle(options.progress));
  const { control, embedded } = open;
  try {
    await embedded?.startWorkers();
    const following = control.follow(runId, { onProgress: progress.update, signal: shutdown.drain });
    // If `outOfRoom` rejects first, nobody handles a later rejection of this promise.
    following.catch(() => undefined);
    const state = await Promise.race([following, ...(embedded === undefined ? [] : [embedded.outOfRoom])]);
    progress.stop();
    if (shutdown.drain.aborted) await interrupt(terminal, open, { runId, stop: shutdown.stop, options });
    else await printResult(terminal, open, { runId, state, options });
  } catch (error) {
    if (embedded !== undefined && isOutage(error)) {
      await embedded.stop();
      // If the store is full or unreachable, the state may stay `running`. Such a run can be resumed, too.
      await embedded.store.runs.interrupt(runId).catch(() => false);
      progress.stop();
      terminal.note(`Once this is corrected, continue with: ${commandLine(options, 'resume', runId)}`);
    }
    throw error;
  } finally {
    progress.stop();
    shutdown.dispose();
  }
}

interface Interrupted {
  readonly runId: string;
  readonly stop: AbortSignal;
  readonly options: FollowOptions;
}

async function interrupt(terminal: Terminal, { embedded }: OpenControl, { runId, stop, options }: Interrupted): Promise<void> {
  process.exitCode = 130;
  const show = commandLine(options, 'show', runId);
  if (embedded === undefined) {
    terminal.note(`Stopped watching. The run continues. See: ${show}, or ${commandLine(options, 'cancel', runId)}`);
    return;
  }
  const { runs } = embedded.store;
  terminal.note('Finishing the current work; Ctrl-C again stops at once.');
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([embedded.drain(runId), stopped.then(() => embedded.stop())]);
  await runs.interrupt(runId);
  const { state } = await runs.find(runId);
  if (state === 'interrupted') terminal.note(`Interrupted. Continue with: ${commandLine(options, 'resume', runId)}`);
  else if (state === 'running') terminal.note(`This process has stopped. Another one continues the run. See: ${show}`);
  else terminal.note(`This process has stopped. The run is ${state}: another process finished it. See: ${show}`);
}
