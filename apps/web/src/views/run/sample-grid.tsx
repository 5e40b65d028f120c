import { Alert, Anchor, Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { call } from '../../api/client.js';
import type { Catalog, ListedSample, RunDetails } from '../../api/queries.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { measureOf, settingText } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import { useGridKeys } from './grid-keys.js';
import { noFilters, type SetSampleSearch } from './sample-controls.js';
import { samplesAsked, type SampleOrder } from './sample-order.js';
import { SampleRow } from './sample-row.js';

interface GridProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
  readonly set: SetSampleSearch;
}

const PAGE = 100;
/** A row's height before it was measured, in pixels. */
const ROW = 190;
/** Pages that are kept while scrolling: what is far away is read again when it is scrolled to. */
const KEPT_PAGES = 20;
/** Browsers end a page at some 33 million pixels. */
const MOST_ROWS = 150_000;

interface Place {
  readonly after?: number;
  readonly before?: number;
}
const top: Place = {};

/** The samples that pass the filters, in their order: read as they are scrolled to. Arrows go from one to another. */
export function SampleGrid({ run, order, catalog, search, set }: GridProps): ReactNode {
  const asked = samplesAsked(order, search);
  const query = useInfiniteQuery({
    queryKey: ['samples', run.id, asked, run.finishedAt],
    queryFn: ({ pageParam, signal }) =>
      call('samples', { params: { id: run.id }, query: { ...asked, ...pageParam, limit: PAGE }, signal }),
    initialPageParam: top,
    getNextPageParam: ({ next }): Place | undefined => (next === undefined ? undefined : { after: next }),
    getPreviousPageParam: ({ place, samples: [first] }): Place | undefined =>
      place === 0 || first === undefined ? undefined : { before: first.sampleIndex },
    maxPages: KEPT_PAGES,
  });
  const { data, error, fetchNextPage, hasNextPage, fetchPreviousPage, hasPreviousPage, isFetching, refetch } = query;
  const rows: readonly ListedSample[] = useMemo(() => data?.pages.flatMap(({ samples }) => samples) ?? [], [data]);
  const from = data?.pages[0]?.place ?? 0;
  const list = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({
    count: Math.min(MOST_ROWS, from + rows.length),
    estimateSize: () => ROW,
    overscan: 3,
    scrollMargin: list.current?.offsetTop ?? 0,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => {
    if (isFetching || error !== null) return;
    if (hasPreviousPage && first < from) void fetchPreviousPage();
    else if (hasNextPage && last >= from + rows.length - 10 && last < MOST_ROWS - 1) void fetchNextPage();
  }, [first, last, from, rows.length, error, hasNextPage, hasPreviousPage, isFetching, fetchNextPage, fetchPreviousPage]);
  const keys = useGridKeys({
    list,
    count: virtual.options.count,
    first,
    scrollTo: (index) => virtual.scrollToIndex(index, { align: 'auto' }),
  });
  if (data === undefined)
    return error === null ? <Loading what="samples" /> : <Failed error={error} again={() => void refetch()} />;
  const [page] = data.pages;
  if (page === undefined || rows.length === 0)
    return (
      <Empty title="No sample fits">
        None of {page?.scored ?? 0} samples passes the filters. Widen them above, or{' '}
        <Anchor component="button" onClick={() => set(noFilters)}>
          show all samples
        </Anchor>
        .
      </Empty>
    );
  const measure = measureOf(catalog, order.metric, order.measure);
  const title = (measure?.title ?? order.measure).toLowerCase();
  return (
    <>
      <Text size="sm" className="faint" role="status">
        {page.matching === page.scored ? `${page.scored} samples` : `${page.matching} of ${page.scored} samples`}
        {page.matching > MOST_ROWS ? `, of which the list shows the first ${MOST_ROWS}: narrow it by a filter` : ''}. Numbers:{' '}
        {title}, {order.metric}
        {Object.keys(order.setting).length > 0 ? ` (${settingText(order.setting)})` : ''}
        {measure?.direction === undefined ? '' : `; ${measure.direction} is better`}. Disagreement is the standard deviation of{' '}
        {title} over {page.compared.length} methods, controls left out.
      </Text>
      {/* The arrows are shortcuts; everything here is reached by Tab too. */}
      <div
        ref={list}
        role="list"
        aria-label="Samples"
        onKeyDown={keys.onKeyDown}
        style={{ height: virtual.getTotalSize(), position: 'relative' }}
      >
        {items.map(({ key, index, start }) => {
          const row = rows[index - from];
          return row === undefined ? null : (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="listitem"
              style={{
                position: 'absolute',
                top: 0,
                left: 0,
                right: 0,
                transform: `translateY(${start - virtual.options.scrollMargin}px)`,
              }}
            >
              <SampleRow run={run} order={order} row={row} search={search} />
            </div>
          );
        })}
      </div>
      {error === null ? null : (
        <Alert color="red" role="alert">
          {error.message}{' '}
          <Button size="xs" variant="default" onClick={() => void fetchNextPage()}>
            Try again
          </Button>
        </Alert>
      )}
    </>
  );
}
