import { Alert, Button, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { TableRow } from '@xaigrid/contracts';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { call } from '../../api/client.js';
import {
  catalogQuery,
  evaluationQuery,
  tableQuery,
  type Catalog,
  type ListedSample,
  type RunDetails,
} from '../../api/queries.js';
import { Empty, Failed, Loading } from '../../parts/states.js';
import { canonical, measureOf, metricOf, settingText } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import { sampleOrder, samplesAsked, type SampleOrder } from './sample-order.js';
import { SampleRow } from './sample-row.js';

const route = getRouteApi('/runs/$id');
const PAGE = 100;
/** A row's height before it was measured, in pixels. */
const ROW = 190;

/** The samples of a run, with the maps of all methods side by side, in the order of any measure. */
export function Samples({ run }: { readonly run: RunDetails }): ReactNode {
  const search = route.useSearch();
  const table = useQuery(tableQuery(run.id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const order = useMemo(
    () => (table.data === undefined ? undefined : sampleOrder(run, table.data, catalog, search)),
    [run, table.data, catalog, search],
  );
  if (table.data === undefined)
    return table.error === null ? <Loading what="samples" /> : <Failed error={table.error} again={() => void table.refetch()} />;
  if (order === undefined) return <Empty title="No scores yet">Samples appear here as soon as the first ones are scored.</Empty>;
  return (
    <Stack>
      <Controls run={run} order={order} rows={table.data} catalog={catalog} search={search} />
      <Grid run={run} order={order} catalog={catalog} search={search} />
    </Stack>
  );
}

interface ControlsProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly rows: readonly TableRow[];
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
}

function Controls({ run, order, rows, catalog, search }: ControlsProps): ReactNode {
  const navigate = route.useNavigate();
  const { data: details } = useQuery(evaluationQuery(run.id, order.evaluation.ordinal));
  const set = (change: { [Key in keyof SampleSearch]?: SampleSearch[Key] | undefined }) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)) as typeof old,
      replace: true,
    });
  const own = rows.filter(({ evaluation }) => evaluation === order.evaluation.ordinal);
  const ofMetric = own.filter(({ metric }) => metric === order.metric);
  const subjects = new Set(run.evaluations.map(({ dataset, model }) => `${dataset} ${model}`)).size;
  const title = (name: string) => measureOf(catalog, order.metric, name)?.title ?? name;
  return (
    <Group align="end" gap="sm">
      <Select
        label="By the scores of"
        data={run.evaluations.map(({ ordinal, label, dataset, model }) => ({
          value: String(ordinal),
          label: subjects > 1 ? `${label} (${model} on ${dataset})` : label,
        }))}
        value={String(order.evaluation.ordinal)}
        onChange={(value) => set({ by: Number(value) })}
        allowDeselect={false}
        searchable
      />
      <Select
        label="Metric"
        data={[...new Set(own.map(({ metric }) => metric))].map((value) => ({
          value,
          label: metricOf(catalog, value)?.title ?? value,
        }))}
        value={order.metric}
        onChange={(metric) =>
          set({
            metric: metric ?? undefined,
            setting: undefined,
            scoredClass: undefined,
            sort: undefined,
            low: undefined,
            high: undefined,
          })
        }
        allowDeselect={false}
      />
      {ofMetric.length > 1 ? (
        <Select
          label="Setting"
          data={[...new Map(ofMetric.map((row) => [canonical(row.setting), settingText(row.setting)]))].map(([value, label]) => ({
            value,
            label,
          }))}
          value={canonical(order.setting)}
          onChange={(setting) => set({ setting: setting ?? undefined })}
          allowDeselect={false}
          miw="14rem"
        />
      ) : null}
      <Select
        label="Order"
        data={[
          { value: 'sample', label: 'as in the data set' },
          { value: '-disagreement', label: 'most disagreement of methods' },
          { value: 'disagreement', label: 'least disagreement of methods' },
          { value: 'confidence', label: 'least confident predictions' },
          { value: '-confidence', label: 'most confident predictions' },
          ...order.measures.flatMap((name) => [
            { value: `-${name}`, label: `${title(name)}, highest first` },
            { value: name, label: `${title(name)}, lowest first` },
          ]),
        ]}
        value={order.sort}
        onChange={(sort) => set({ sort: sort ?? undefined, low: undefined, high: undefined })}
        allowDeselect={false}
        miw="14rem"
      />
      {(['class', 'predicted'] as const).map((name) => (
        <Select
          key={name}
          label={name === 'class' ? 'Label' : 'Prediction'}
          data={(details?.classNames ?? []).map((label, value) => ({ value: String(value), label }))}
          value={search[name] === undefined ? null : String(search[name])}
          onChange={(value) => set({ [name]: value === null ? undefined : Number(value) })}
          placeholder="any"
          clearable
          searchable
          w="9rem"
        />
      ))}
      <Select
        label="Predicted"
        data={[
          { value: 'yes', label: 'right' },
          { value: 'no', label: 'wrong' },
        ]}
        value={search.right ?? null}
        onChange={(value) => set({ right: value ?? undefined })}
        placeholder="right or wrong"
        clearable
        w="9rem"
      />
      <Select
        label="Maps"
        data={[
          { value: 'no', label: 'that say something' },
          { value: 'yes', label: 'the same everywhere' },
        ]}
        value={search.degenerate ?? null}
        onChange={(value) => set({ degenerate: value ?? undefined })}
        placeholder="all"
        clearable
        w="12rem"
      />
      <Bounds title={title(order.measure)} names={['low', 'high']} search={search} set={set} />
      <Bounds title="Confidence" names={['minConfidence', 'maxConfidence']} search={search} set={set} />
      <Bounds title="Disagreement" names={['minDisagreement', 'maxDisagreement']} search={search} set={set} />
    </Group>
  );
}

type BoundName = 'low' | 'high' | `${'min' | 'max'}${'Confidence' | 'Disagreement'}`;

interface BoundsProps {
  readonly title: string;
  readonly names: readonly [BoundName, BoundName];
  readonly search: SampleSearch;
  readonly set: (change: Partial<Record<BoundName, number | undefined>>) => void;
}

/** The lowest and highest value of something that samples are filtered by. */
function Bounds({ title, names, search, set }: BoundsProps): ReactNode {
  return (
    <Group gap={4} align="end" wrap="nowrap">
      {names.map((name, at) => (
        <NumberInput
          key={name}
          label={at === 0 ? `${title} from` : 'to'}
          aria-label={`${title} ${at === 0 ? 'from' : 'to'}`}
          value={search[name] ?? ''}
          onChange={(value) => set({ [name]: value === '' ? undefined : Number(value) })}
          w={at === 0 ? '9rem' : '6rem'}
        />
      ))}
    </Group>
  );
}

interface GridProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
}

/** Pages that are kept while scrolling: what is far away is read again when it is scrolled to. */
const KEPT_PAGES = 20;
/** Browsers end a page at some 33 million pixels. */
const MOST_ROWS = 150_000;

interface Place {
  readonly after?: number;
  readonly before?: number;
}
const top: Place = {};

function Grid({ run, order, catalog, search }: GridProps): ReactNode {
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
  if (data === undefined)
    return error === null ? <Loading what="samples" /> : <Failed error={error} again={() => void refetch()} />;
  const [page] = data.pages;
  if (page === undefined || rows.length === 0)
    return <Empty title="No sample fits">None of {page?.scored ?? 0} samples passes the filters. Widen them above.</Empty>;
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
      <div ref={list} role="list" aria-label="Samples" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
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
