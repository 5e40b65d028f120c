import { XaigridError, type SampleList, type SampleOrderName } from '@xaigrid/contracts';
import { PART_SAMPLES } from '../columns/pack-columns.js';
import type { SampleQuery } from '../store.js';
import { createSamplePage, type Placed } from './sample-page.js';
import { columnOf, filteredPart, openWalk, valuesOf, visitParts, type Sources, type Walk } from './sample-walk.js';
import { readShown } from './shown-samples.js';

/**
 * One page of a run's samples. All samples are looked at for each page, in columns of numbers: a million take some 30 ms, whatever
 * the filter and the order. Memory depends on the parts that are read at a time, not on the number of samples.
 * @throws USAGE if the selection leaves more than one setting, or names what the run does not have
 */
export async function readSamples(sources: Sources, query: SampleQuery): Promise<SampleList> {
  const walk = await openWalk(sources, query, orderName(query.sort));
  const { queries, reader, parts, subject } = walk;
  const { by, compared } = subject;
  const cursor = await cursorOf(walk, query);
  const descending = query.sort.startsWith('-');
  const page = createSamplePage({ descending, limit: query.limit + (query.before === undefined ? 1 : 0), ...cursor });
  let scored = 0;
  await visitParts(reader, descending ? parts.toReversed() : parts, (part) => {
    const own = filteredPart(walk, part);
    scored += own.scored;
    page.offer(own.samples, own.of(orderName(query.sort)), own.passes);
  });
  const { samples, offered, place } = page.result();
  const shown = samples.slice(0, query.limit);
  const isLast = query.before === undefined ? samples.length <= query.limit : false;
  return {
    ...{ by: by.evaluation, metric: by.metric, scoredClass: by.scoredClass, setting: by.setting, measure: subject.measure },
    compared: compared.map(({ evaluation }) => evaluation),
    ...{ scored, matching: offered, place },
    samples: await readShown(
      queries,
      subject,
      shown.map(({ sampleIndex }) => sampleIndex),
    ),
    ...(isLast || shown.length === 0 ? {} : { next: shown.at(-1)?.sampleIndex ?? 0 }),
  };
}

function orderName(sort: SampleQuery['sort']): SampleOrderName {
  return sort.replace(/^-/, '') as SampleOrderName;
}

/** @throws USAGE if the sample that a page follows has no place in the order */
async function cursorOf(walk: Walk, query: SampleQuery): Promise<{ after?: Placed; before?: Placed }> {
  const { reader, parts, subject } = walk;
  if (query.after !== undefined && query.before !== undefined)
    throw new XaigridError('USAGE', 'A page is after one sample or before one. Leave out after or before.');
  const asked = query.after ?? query.before;
  if (asked === undefined) return {};
  const part = Math.floor(asked / PART_SAMPLES);
  if (parts.includes(part)) {
    await reader.load([part]);
    const samples = columnOf(walk, subject.by, 'sample', part);
    const at = samples.findIndex((sample: number) => sample === asked);
    if (at >= 0) {
      const placed = { sampleIndex: asked, value: valuesOf(walk, part).of(orderName(query.sort))[at] ?? NaN };
      return query.after === undefined ? { before: placed } : { after: placed };
    }
  }
  throw new XaigridError(
    'USAGE',
    `Sample ${asked} has no place in this list: evaluation ${subject.by.evaluation} of run ${query.runId} has no score of it.`,
  );
}
