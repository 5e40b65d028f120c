import type { RunSummary } from '@xaigrid/contracts';

/** The state of a run as people read it: one that is under way and that its process leaves is `stopping`. */
export function shownState({ state, stopping }: Pick<RunSummary, 'state' | 'stopping'>): string {
  return stopping === true ? 'stopping' : state;
}

export const stoppingNote = 'stopping: a process finishes what it has in hand';
