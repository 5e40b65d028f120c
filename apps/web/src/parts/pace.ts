import { createRunWatch, type RunProgress, type RunWatch } from '@xaigrid/contracts';
import { useEffect, useReducer } from 'react';
import { isUnderWay, type RunSummary } from '../api/queries.js';

/** The speed is that of the last seconds. */
const WINDOW_SECONDS = 20;

interface Watched {
  readonly watch: RunWatch;
  /** Samples that were done at some moments, in seconds. */
  readonly seen: { readonly at: number; readonly done: number }[];
}

/** By run: the list and the page of a run go on where the other was. */
const watched = new Map<string, Watched>();

const now = (): number => performance.now() / 1000;

/** Each sample counts by half for its maps, by half for its scores. */
function doneOf({ explained, scored }: RunProgress): number {
  return (explained + scored) / 2;
}

/** `12 samples a second, about 3 min left`; empty if the run is over or nothing is known yet. */
export function usePace({ id, state, progress }: Pick<RunSummary, 'id' | 'state' | 'progress'>): string {
  const [, again] = useReducer((turn: number) => turn + 1, 0);
  const isLive = isUnderWay(state) && progress !== undefined;
  useEffect(() => {
    if (!isLive) {
      watched.delete(id);
      return undefined;
    }
    const timer = setInterval(again, 1000);
    return () => clearInterval(timer);
  }, [id, isLive]);
  useEffect(() => {
    if (!isLive) return;
    const own = watched.get(id) ?? { watch: createRunWatch(now), seen: [] };
    watched.set(id, own);
    own.watch.update(progress, state, []);
    own.seen.push({ at: now(), done: doneOf(progress) });
    while (own.seen.length > 2 && now() - (own.seen[0]?.at ?? 0) > WINDOW_SECONDS) own.seen.shift();
    again();
  }, [id, isLive, progress, state]);
  if (!isLive) return '';
  const own = watched.get(id);
  return [speedOf(own?.seen ?? []), own?.watch.read()?.left ?? ''].filter((text) => text !== '').join(', ');
}

function speedOf(seen: Watched['seen']): string {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 1 || last.done <= first.done) return '';
  const speed = (last.done - first.done) / (last.at - first.at);
  if (speed >= 1) return `${speed >= 10 ? Math.round(speed) : speed.toFixed(1)} samples a second`;
  const minute = 60 * speed;
  return minute >= 1 ? `${minute.toFixed(1)} samples a minute` : `${(60 * minute).toFixed(1)} samples an hour`;
}
