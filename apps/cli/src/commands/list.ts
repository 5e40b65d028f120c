import { percentDone, runStates, type RunListQuery, type RunSummary } from '@xaigrid/contracts';
import { shortText, tableLayouts } from '@xaigrid/report';
import { commandLine } from '../hints.js';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { shownState, stoppingNote } from '../run-state.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface ListOptions extends ControlOptions {
  readonly limit: number;
  readonly search?: string;
  readonly tag: readonly string[];
  readonly state: readonly string[];
  readonly json?: boolean;
  readonly pager: boolean;
}

const MOST_METHODS = 3;

/** Characters of a note in a list. */
const LONGEST_NOTE = 40;

/** `xaigrid list`: the newest runs, or those that are searched for. */
export async function list(terminal: Terminal, options: ListOptions): Promise<void> {
  const { limit, search, tag, state } = options;
  const query: RunListQuery = {
    limit: limit + 1,
    ...(search === undefined ? {} : { search }),
    ...(tag.length === 0 ? {} : { tags: [...tag] }),
    ...(state.length === 0 ? {} : { states: state.map((name) => oneOf(name, runStates, '--state')) }),
  };
  // One more than wanted, to know whether there are more.
  const found = await withControl(options, (control) => control.list(query));
  const runs = found.slice(0, limit);
  if (options.json === true) {
    terminal.data(`${JSON.stringify(runs, undefined, 2)}\n`);
    return;
  }
  if (runs.length === 0 && Object.keys(query).length > 1) {
    terminal.note('No run matches.');
    return;
  }
  if (runs.length === 0) {
    terminal.note(
      `No runs yet. "${commandLine({}, 'init')}" writes a spec, "${commandLine(options, 'run', 'xaigrid.yaml')}" computes it.`,
    );
    return;
  }
  await terminal.page(runsText(terminal, runs), options);
  const interrupted = runs.find(({ state }) => state === 'interrupted');
  if (interrupted !== undefined) terminal.note(`Continue the interrupted run: ${commandLine(options, 'resume', interrupted.id)}`);
  if (runs.some(({ stopping }) => stopping === true)) terminal.note(`${stoppingNote}.`);
  if (found.length > limit) terminal.note(`There are more runs. --limit ${10 * limit} lists them; --search WORD searches them.`);
}

function runsText({ tables }: Terminal, runs: readonly RunSummary[]): string {
  const text = (title: string, of: (run: RunSummary) => string, optional?: number) => ({
    ...{ title, align: 'left' as const, of },
    ...(optional === undefined ? {} : { optional }),
  });
  const columns = [
    text('Run', ({ id }) => id),
    text('State', shownState),
    ...(runs.some(({ progress }) => progress !== undefined) ? [text('Done', doneText)] : []),
    text('Created (UTC)', ({ createdAt }) => minute(createdAt), 1),
    text('Name', ({ name }) => name),
    text('Data sets', ({ datasets }) => datasets.join(', ')),
    text('Models', ({ models }) => models.join(', '), 2),
    text('Methods', ({ methods }) => fewOf(methods), 3),
    ...(runs.some(({ tags }) => tags.length > 0) ? [text('Tags', ({ tags }) => tags.join(', '))] : []),
    ...(runs.some(({ note }) => note !== '') ? [text('Note', ({ note }) => firstLine(note), 4)] : []),
    ...(runs.some(({ priority }) => priority !== 0) ? [text('Priority', ({ priority }) => String(priority), 5)] : []),
  ];
  return tableLayouts.table(
    { columns, rows: runs.map((run) => columns.map(({ of }) => of(run))) },
    { ...tables, elsewhere: '--json' },
  );
}

/** `42 %` of a run that is under way. */
function doneText({ progress, state }: RunSummary): string {
  return progress === undefined ? '' : `${percentDone(progress, state)} %`;
}

/** `sise, shap-deep, random and 4 more` */
function fewOf(names: readonly string[]): string {
  const more = names.length - MOST_METHODS;
  return more > 1 ? `${names.slice(0, MOST_METHODS).join(', ')} and ${more} more` : names.join(', ');
}

function firstLine(text: string): string {
  const [line = '', more] = text.split('\n');
  return shortText(line, LONGEST_NOTE) + (more === undefined || line.length > LONGEST_NOTE ? '' : ' …');
}

/** `2026-01-02 03:04` */
export function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
