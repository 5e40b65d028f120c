import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { defaultColours, type Colours } from '../../drawing/colours.js';
import type { Span } from '../../drawing/signal-view.js';
import { withoutAbsent } from '../../parts/records.js';
import type { SampleDisplay } from '../../router.js';

const route = getRouteApi('/runs/$id/samples/$index');

/** How the address says that the sample is drawn, with defaults. */
export interface Display {
  readonly opacity: number;
  readonly smooth: boolean;
  readonly isOneScale: boolean;
  readonly colours: Colours;
  readonly hasRegions: boolean;
  readonly as: 'colour' | 'area';
  readonly span: Span | undefined;
  readonly map: number | undefined;
  readonly kept: number;
  readonly fill: 'zero' | 'mean';
  /** Changes the address in place. Undefined is the default. */
  readonly change: (changes: { readonly [Key in keyof SampleDisplay]?: SampleDisplay[Key] | undefined }) => void;
}

/** @param positions how many a signal has; a span outside is none */
export function useDisplay(positions: number): Display {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { colours: unsigned = defaultColours.unsigned, signed = defaultColours.signed, from, to } = search;
  const colours = useMemo(() => ({ unsigned, signed }), [unsigned, signed]);
  const span = useMemo(
    (): Span | undefined => (from !== undefined && to !== undefined && from < to && to <= positions ? [from, to] : undefined),
    [from, to, positions],
  );
  return {
    ...{ colours, span, map: search.map, as: search.as ?? 'colour', fill: search.fill ?? 'zero' },
    opacity: search.opacity ?? 0.7,
    smooth: search.smooth === 'yes',
    isOneScale: search.scale === 'one',
    hasRegions: search.regions !== 'no',
    kept: search.kept ?? 0.3,
    change(changes) {
      void navigate({
        search: (before) => withoutAbsent({ ...before, ...changes }),
        replace: true,
        resetScroll: false,
      });
    },
  };
}
