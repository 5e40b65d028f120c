import type { Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { ColourMap, SignedColourMap } from '@xaigrid/report';

/** The part of a run's control that a report reads. */
export type ReportSource = Pick<
  RunControl,
  'show' | 'table' | 'evaluations' | 'scores' | 'sample' | 'maps' | 'evaluation' | 'predictions'
>;

/** What a report shows. */
export interface CollectOptions {
  readonly onProgress: (line: string) => void;
  /** Writes a command that the user may type next, from its words. */
  readonly hint: (...words: readonly string[]) => string;
  /**
   * Whether the report is one page. A page shows a limited number of pairs of model and data set, and pictures whose sizes have a
   * limited sum.
   */
  readonly onePage: boolean;
  /** Samples to draw instead of those that rules choose. */
  readonly samples?: readonly number[];
  /** The shown part of the runs. The page says so. */
  readonly selection?: Selection;
  /** How many of the best methods figures show. Tables show all. */
  readonly top?: number;
  readonly colourMap?: ColourMap;
  readonly signedColourMap?: SignedColourMap;
}
