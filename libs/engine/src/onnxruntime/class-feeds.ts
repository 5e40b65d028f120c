import type { ExplainedOutputs } from '@xaigrid/tensor';
import type { Feed } from './sessions.js';

/** The graph inputs that `seedOf` reads: the classes of each row. */
export function classFeeds({ classes, contrasts }: ExplainedOutputs): Record<string, Feed> {
  const of = (data: Int32Array<ArrayBuffer>): Feed => ({ data, shape: [data.length, 1] });
  return { classes: of(classes), ...(contrasts === undefined ? {} : { contrasts: of(contrasts) }) };
}
