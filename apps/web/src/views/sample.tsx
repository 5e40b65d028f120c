import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import {
  catalogQuery,
  evaluationQuery,
  regionQuery,
  runQuery,
  sampleQuery,
  samplesQuery,
  scoresQuery,
  tableQuery,
  type ListedSample,
  type RunDetails,
  type RunEvaluation,
  type ScoreRow,
} from '../api/queries.js';
import { kindOf } from '../drawing/thumbnails.js';
import { without } from '../parts/records.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { formatValue, measureOf, metricOf, settingText } from '../parts/texts.js';
import { sampleOrder, samplesAsked, type SampleOrder } from './run/sample-order.js';
import { useDisplay } from './sample/display.js';
import { Kept } from './sample/kept.js';
import { MapControls, Maps } from './sample/maps.js';

const route = getRouteApi('/runs/$id/samples/$index');

/** One sample: all maps side by side, and what the model would be shown of it. */
export function SampleView(): ReactNode {
  const { id, index } = route.useParams();
  const search = route.useSearch();
  const { data: run, error } = useQuery(runQuery(id));
  const { data: rows } = useQuery(tableQuery(id, run));
  const { data: catalog } = useQuery(catalogQuery);
  const number = Number(index);
  useDocumentTitle(`Sample ${index} – ${run?.name ?? 'run'} – xaigrid`);
  const order = useMemo(
    () => (run === undefined || rows === undefined ? undefined : sampleOrder(run, rows, catalog, search)),
    [run, rows, catalog, search],
  );
  if (error !== null) return <Failed error={error} />;
  if (!Number.isInteger(number) || number < 0)
    return <Failed error={new Error(`“${index}” is no sample: samples are numbered from 0, as in their data set.`)} />;
  if (run === undefined || order === undefined) return <Loading what="the sample" />;
  return <Sample key={`${id} ${number}`} run={run} order={order} index={number} />;
}

function Sample({
  run,
  order,
  index,
}: {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly index: number;
}): ReactNode {
  const details = useQuery(evaluationQuery(run.id, order.evaluation.ordinal));
  const isThere = details.data !== undefined && isPartOf(index, order.evaluation, details.data.sampleIndices);
  const sample = useQuery({ ...sampleQuery(run.id, order.evaluation.ordinal, index), enabled: isThere });
  const scores = useQuery({ ...scoresQuery(run.id, { sample: index, limit: 10_000, offset: 0 }), enabled: isThere });
  const display = useDisplay(details.data?.sampleShape[0] ?? 1);
  const region = useQuery({
    ...regionQuery(run.id, order.evaluation.ordinal, index),
    enabled: isThere && details.data.regions === true && display.hasRegions,
  });
  const own = (scores.data?.scores ?? []).filter(({ evaluation }) => order.methods.some(({ ordinal }) => ordinal === evaluation));
  const name = (label: number) => details.data?.classNames[label] ?? String(label);
  const predicted = own[0]?.predictedClass;
  if (details.data !== undefined && !isThere)
    return (
      <>
        <Neighbours run={run} order={order} index={index} />
        <Empty title={`Sample ${index} has no part in this run`}>
          The run takes {order.evaluation.samples} samples of {order.evaluation.dataset}
          {order.evaluation.datasetSize === undefined ? '' : `, which has ${order.evaluation.datasetSize}`}. The list has those
          that take part.
        </Empty>
      </>
    );
  return (
    <Stack gap="md">
      <Neighbours run={run} order={order} index={index} />
      <Title order={1} size="h2">
        Sample {index}
      </Title>
      <Text>
        {order.evaluation.dataset}, model {order.evaluation.model}.{' '}
        {sample.data === undefined
          ? ''
          : sample.data.labels.length === 0
            ? 'No label'
            : `Label ${sample.data.labels.map(name).join(', ')}`}
        {predicted === undefined ? '' : `, predicted ${name(predicted)}`}.
      </Text>
      {sample.error === null ? null : <Failed error={sample.error} again={() => void sample.refetch()} />}
      {sample.data === undefined ? (
        sample.error === null ? (
          <Loading what="the sample" />
        ) : null
      ) : (
        <>
          <MapControls input={sample.data.input} hasRegion={details.data?.regions === true} display={display} />
          <Maps
            run={run}
            order={order}
            index={index}
            input={sample.data.input}
            region={display.hasRegions ? region.data : undefined}
            display={display}
          />
          {kindOf(sample.data.input.shape) === 'volume' ? <Text size="sm">Of a volume, the middle slice is shown.</Text> : null}
          <Kept
            run={run}
            order={order}
            index={index}
            input={sample.data.input}
            scores={scores.isPending ? undefined : own}
            nameOf={name}
            display={display}
          />
        </>
      )}
      <Scores scores={own} order={order} query={scores} />
    </Stack>
  );
}

function isPartOf(index: number, { samples }: RunEvaluation, chosen: readonly number[] | undefined): boolean {
  return chosen === undefined ? index < samples : chosen.includes(index);
}

/** On a slider the arrow keys move it. */
function isOfSlider({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('[role="slider"]') !== null;
}

/** The previous and the next sample in the order that the reader came from. */
function Neighbours({
  run,
  order,
  index,
}: {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly index: number;
}): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const asked = samplesAsked(order, search);
  const { data: following } = useQuery(samplesQuery(run.id, { ...asked, after: index, limit: 1 }, run.finishedAt));
  const { data: preceding } = useQuery(samplesQuery(run.id, { ...asked, before: index, limit: 1 }, run.finishedAt));
  const [before, after] = [preceding?.samples[0], following?.samples[0]];
  const go = (row: ListedSample | undefined) => {
    if (row === undefined) return;
    void navigate({ to: '/runs/$id/samples/$index', params: { id: run.id, index: String(row.sampleIndex) }, search });
  };
  useHotkeys([
    ['ArrowLeft', (event) => isOfSlider(event) || go(before)],
    ['ArrowRight', (event) => isOfSlider(event) || go(after)],
  ]);
  const kept = without(
    search,
    ...(['dataset', 'model', 'opacity', 'smooth', 'scale', 'colours', 'signed', 'regions', 'as'] as const),
    ...(['from', 'to', 'map', 'kept', 'fill'] as const),
  );
  return (
    <Group justify="space-between" className="no-print">
      <Link to="/runs/$id" params={{ id: run.id }} search={{ ...kept, part: 'samples' }} className="link">
        ← {run.name}, samples
      </Link>
      {following === undefined ? null : (
        <Group gap="xs">
          <Text size="sm" className="faint">
            {following.place} of {following.matching}
          </Text>
          <Button size="xs" variant="default" disabled={before === undefined} onClick={() => go(before)}>
            ← Previous
          </Button>
          <Button size="xs" variant="default" disabled={after === undefined} onClick={() => go(after)}>
            Next →
          </Button>
        </Group>
      )}
    </Group>
  );
}

interface ScoresProps {
  readonly scores: readonly ScoreRow[];
  readonly order: SampleOrder;
  readonly query: Pick<UseQueryResult, 'error' | 'isPending'>;
}

/** Every score of the sample, a metric a table. */
function Scores({ scores, order, query }: ScoresProps): ReactNode {
  const { data: catalog } = useQuery(catalogQuery);
  if (query.isPending) return <Loading what="scores" />;
  if (query.error !== null) return <Failed error={query.error} />;
  const metrics = [...new Set(scores.map(({ metric }) => metric))];
  return (
    <section aria-labelledby="scores">
      <Title order={2} size="h4" id="scores">
        Scores
      </Title>
      {metrics.map((metric) => {
        const own = scores.filter((row) => row.metric === metric);
        const measures = [...new Set(own.flatMap(({ measures: all }) => Object.keys(all)))];
        return (
          <details key={metric} open={metric === order.metric}>
            <summary>{metricOf(catalog, metric)?.title ?? metric}</summary>
            <div className="scroll" tabIndex={0} role="region" aria-label={`Scores of ${metric}`}>
              <Table fz="sm" verticalSpacing={2}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Method</Table.Th>
                    <Table.Th scope="col">Setting</Table.Th>
                    {measures.map((measure) => (
                      <Table.Th key={measure} scope="col" title={measureOf(catalog, metric, measure)?.meaning}>
                        {measureOf(catalog, metric, measure)?.title ?? measure}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {own.map((row, at) => (
                    <Table.Tr key={at}>
                      <Table.Th scope="row" fw={400}>
                        {row.label}
                      </Table.Th>
                      <Table.Td>
                        {settingText(row.setting)}
                        {row.scoredClass === 'predicted' ? '' : `, class ${row.scoredClass}`}
                      </Table.Td>
                      {measures.map((measure) => (
                        <Table.Td key={measure} className="numbers">
                          {row.measures[measure] === undefined ? '–' : formatValue(row.measures[measure])}
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          </details>
        );
      })}
    </section>
  );
}
