import { useCallback } from 'react';
import { withoutAbsent } from './records.js';

/** What changes a part of the address; a value that is undefined leaves it. */
export type SetSearch<Search> = (change: { [Key in keyof Search]?: Search[Key] | undefined }) => void;

interface Move<Search> {
  readonly search: (old: Search) => Search;
  readonly replace: boolean;
}

/** Changes some of what is chosen in the address, in place: a step back leaves the view. */
export function useSetSearch<Search extends object>(navigate: (move: Move<Search>) => Promise<void>): SetSearch<Search> {
  return useCallback(
    (change) =>
      void navigate({
        search: (old) => withoutAbsent({ ...old, ...change }) as Search,
        replace: true,
      }),
    [navigate],
  );
}
