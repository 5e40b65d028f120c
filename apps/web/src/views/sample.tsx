import {
  Anchor,
  Button,
  Group,
  SegmentedControl,
  Select,
  SimpleGrid,
  Slider,
  Stack,
  Switch,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { urlOf } from '../api/client.js';
import type { Tensor } from '../api/npy.js';
import {
  catalogQuery,
  evaluationQuery,
  mapQuery,
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
import { baselineValues, keptSample, layoutOf, meanOverChannels } from '../drawing/pictures.js';
import { kindOf, MapDrawing, SampleDrawing } from '../drawing/thumbnails.js';
import { SignalView } from '../drawing/signal-view.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { without } from '../parts/records.js';
import { formatValue, measureOf, metricOf, settingText } from '../parts/texts.js';
import { sampleOrder, samplesAsked, type SampleOrder } from './run/sample-order.js';

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
  const [opacity, setOpacity] = useState(0.7);
  const [smooth, setSmooth] = useState(false);
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
          <Group gap="xl" align="center">
            <Group gap="xs">
              <Text size="sm" id="opacity">
                Map over sample
              </Text>
              <Slider
                w={160}
                min={0}
                max={1}
                step={0.05}
                value={opacity}
                onChange={setOpacity}
                label={(value) => `${Math.round(100 * value)} %`}
                thumbLabel="Opacity of the map"
              />
            </Group>
            <Switch label="Smooth" checked={smooth} onChange={(event) => setSmooth(event.currentTarget.checked)} />
          </Group>
          <SimpleGrid cols={{ base: 2, sm: 3, md: 4, lg: 6 }}>
            <figure className="card" style={{ margin: 0 }}>
              <SampleDrawing input={sample.data.input} alt={`Sample ${index}`} smooth={smooth} />
              <figcaption>
                <Text size="sm" fw={600}>
                  Input
                </Text>
                <Anchor
                  size="xs"
                  href={urlOf('sample', { params: { id: run.id, ordinal: order.evaluation.ordinal, index } })}
                  download={`sample-${index}.npy`}
                >
                  .npy
                </Anchor>
              </figcaption>
            </figure>
            {order.methods.map((method) => (
              <MapCard
                key={method.ordinal}
                run={run}
                method={method}
                index={index}
                input={sample.data.input}
                opacity={opacity}
                smooth={smooth}
              />
            ))}
          </SimpleGrid>
          {kindOf(sample.data.input.shape) === 'volume' ? <Text size="sm">Of a volume, the middle slice is shown.</Text> : null}
          <Kept run={run} order={order} index={index} input={sample.data.input} scores={own} />
        </>
      )}
      <Scores scores={own} order={order} query={scores} />
    </Stack>
  );
}

function isPartOf(index: number, { samples }: RunEvaluation, chosen: readonly number[] | undefined): boolean {
  return chosen === undefined ? index < samples : chosen.includes(index);
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
    ['ArrowLeft', () => go(before)],
    ['ArrowRight', () => go(after)],
  ]);
  const kept = without(search, 'dataset', 'model');
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

interface MapCardProps {
  readonly run: RunDetails;
  readonly method: RunEvaluation;
  readonly index: number;
  readonly input: Tensor;
  readonly opacity: number;
  readonly smooth: boolean;
}

function MapCard({ run, method, index, input, opacity, smooth }: MapCardProps): ReactNode {
  const { data, error } = useQuery(mapQuery(run.id, method.ordinal, index));
  return (
    <figure className="card" style={{ margin: 0 }}>
      {data === undefined ? (
        <Text size="sm" className="faint wrap">
          {error === null ? 'Reading …' : error.message}
        </Text>
      ) : (
        <MapDrawing input={input} map={data.map} alt={`Map of ${method.label}`} opacity={opacity} smooth={smooth} />
      )}
      <figcaption>
        <Text size="sm" fw={600} className="wrap">
          {method.label}
        </Text>
        {data?.degenerate === true ? <Text size="xs">The same everywhere.</Text> : null}
        <Anchor
          size="xs"
          href={urlOf('maps', { params: { id: run.id, ordinal: method.ordinal }, query: { start: index, end: index + 1 } })}
          download={`${method.label}-${index}.npy`}
        >
          .npy
        </Anchor>
      </figcaption>
    </figure>
  );
}

interface KeptProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly index: number;
  readonly input: Tensor;
  readonly scores: readonly ScoreRow[];
}

/** A slider that keeps the highest-ranked share of positions, and shows what the model would be shown. */
function Kept({ run, order, index, input, scores }: KeptProps): ReactNode {
  const [fraction, setFraction] = useState(0.3);
  const [baseline, setBaseline] = useState<'zero' | 'mean'>('zero');
  const [chosen, setChosen] = useState(String(order.evaluation.ordinal));
  const method = order.methods.find(({ ordinal }) => String(ordinal) === chosen) ?? order.evaluation;
  const { data } = useQuery(mapQuery(run.id, method.ordinal, index));
  const layout = useMemo(() => layoutOf(input.shape), [input]);
  const filled = useMemo(() => baselineValues(baseline, input.data, layout), [baseline, input, layout]);
  const kept = useMemo(
    () =>
      data === undefined
        ? undefined
        : keptSample(input.data, meanOverChannels(data.map, layout), layout, { fraction, baseline: filled }),
    [data, input, layout, fraction, filled],
  );
  const answers = scores.filter(
    (row) =>
      row.evaluation === method.ordinal &&
      typeof row.setting.keepFraction === 'number' &&
      (row.setting.baseline ?? 'zero') === baseline,
  );
  return (
    <section aria-labelledby="kept">
      <Title order={2} size="h4" id="kept">
        What the model would be shown
      </Title>
      <Group align="start" mt="xs" wrap="wrap">
        <Stack gap="sm" miw="17rem" maw="24rem" style={{ flex: 1 }}>
          <Select
            label="Map of"
            data={order.methods.map(({ ordinal, label }) => ({ value: String(ordinal), label }))}
            value={chosen}
            onChange={(value) => setChosen(value ?? chosen)}
            allowDeselect={false}
          />
          <div>
            <Text size="sm">
              Keep the highest <strong>{Math.round(100 * fraction)} %</strong> of positions
            </Text>
            <Slider
              min={0}
              max={1}
              step={0.01}
              value={fraction}
              onChange={setFraction}
              label={(value) => `${Math.round(100 * value)} %`}
              thumbLabel="Share of positions kept"
            />
          </div>
          <SegmentedControl
            data={[
              { value: 'zero', label: 'others zero' },
              { value: 'mean', label: 'others the mean' },
            ]}
            value={baseline}
            onChange={(value) => setBaseline(value)}
            aria-label="What replaces the others"
          />
          {answers.length === 0 ? (
            <Text size="sm" className="faint">
              No stored score keeps a share of positions with this baseline.
            </Text>
          ) : (
            <Table fz="sm" verticalSpacing={2}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Kept</Table.Th>
                  <Table.Th scope="col">Stored scores</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {answers.map((row) => (
                  <Table.Tr key={`${row.metric} ${settingText(row.setting)} ${row.scoredClass}`}>
                    <Table.Td>
                      <Button size="compact-xs" variant="default" onClick={() => setFraction(row.setting.keepFraction as number)}>
                        {Math.round(1000 * (row.setting.keepFraction as number)) / 10} %
                      </Button>
                    </Table.Td>
                    <Table.Td>
                      {Object.entries(row.measures)
                        .map(([name, value]) => `${name} ${formatValue(value)}`)
                        .join(', ')}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Stack>
        <div style={{ width: '20rem', maxWidth: '100%' }} className="card">
          {kept === undefined ? (
            <Loading what="the map" />
          ) : kindOf(input.shape) === 'image' || kindOf(input.shape) === 'volume' ? (
            <SampleDrawing
              input={{ shape: input.shape, data: kept }}
              alt={`Sample ${index} with ${Math.round(100 * fraction)} % of its positions`}
            />
          ) : (
            <SignalView
              input={input.data}
              layout={layout}
              shown={kept}
              alt={`Sample ${index} with ${Math.round(100 * fraction)} % of its positions`}
            />
          )}
        </div>
      </Group>
    </section>
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
