import { isUnderWay, stateInWords, type RunDetails, type RunSummary } from '@xaigrid/contracts';
import { commandLine } from './hints.js';
import type { ControlOptions } from './control-options.js';

/** The state of a run as people read it: one that is under way and that its process leaves is `stopping`. */
export function shownState({ state, stopping }: Pick<RunSummary, 'state' | 'stopping'>): string {
  return stopping === true ? 'stopping' : state;
}

export const stoppingNote = 'stopping: a process finishes its current work';

/** Why something of a run is not there: `Run abc is running; see: xaigrid show abc`. */
export function whyNotThere({ id, state }: Pick<RunDetails, 'id' | 'state'>, options: ControlOptions): string {
  const wait = isUnderWay(state) ? 'wait, or see' : 'see';
  return `Run ${id} ${stateInWords(state)}; ${wait}: ${commandLine(options, 'show', id)}`;
}
