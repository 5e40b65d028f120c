import type { Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { ColourMap, SignedColourMap } from '@xaigrid/report';

/** What runs are read through. */
export type ReportSource = Pick<
  RunControl,
  'show' | 'table' | 'evaluations' | 'scores' | 'sample' | 'maps' | 'evaluation' | 'predictions'
>;

export interface CollectOptions {
  readonly onProgress: (line: string) => void;
  /** A command that the user may type next, from its words. */
  readonly hint: (...words: readonly string[]) => string;
  /** Whether it is for one page: that shows pairs of model and data set up to a number, and pictures as fine as their sum allows. */
  readonly onePage: boolean;
  /** Samples to draw in place of those that rules choose. */
  readonly samples?: readonly number[];
  /** What of the runs is shown; the page says so. */
  readonly selection?: Selection;
  /** How many of the best methods figures show; tables show all. */
  readonly top?: number;
  readonly colourMap?: ColourMap;
  readonly signedColourMap?: SignedColourMap;
}
