import { Button, Group, NumberInput, Stack, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { numberOf } from '../api/client.js';
import { samplePairsQuery, type Comparison, type SamplePairs } from '../api/queries.js';
import { ScatterView, type Area } from '../drawing/scatter-view.js';
import { Failed, Loading } from '../parts/states.js';
import { formatValue } from '../parts/texts.js';
import type { SetSearch } from '../parts/search.js';
import type { PairSearch } from '../router.js';

/** More samples than these are not listed. */
const MOST_LISTED = 200;
const BINS = 40;

/** One side: an evaluation of a run, and what it is called. */
export interface Side {
  readonly runId: string;
  readonly ordinal: number;
  readonly name: string;
}

interface SamplePairsProps {
  readonly first: Side;
  readonly second: Side;
  readonly row: Comparison;
  /** What the scores are called. */
  readonly measure: string;
  /** Changes when the results do. */
  readonly stamp: string | undefined;
  readonly search: PairSearch;
  readonly set: SetSearch<PairSearch>;
}

const bounds = ['minFirst', 'maxFirst', 'minSecond', 'maxSecond'] as const;
const nothing: Area = { minFirst: undefined, maxFirst: undefined, minSecond: undefined, maxSecond: undefined };

/** The samples of a pair by both scores, and those of a part of the picture as a list that leads to them. */
export function SamplePairsView({ first, second, row, measure, stamp, search, set }: SamplePairsProps): ReactNode {
  const asked = {
    ...{ by: first.ordinal, against: second.ordinal, with: second.runId, bins: BINS },
    ...{ metric: row.metric, scoredClass: row.scoredClass, setting: row.setting, measure: row.measure },
  };
  const { minFirst, maxFirst, minSecond, maxSecond } = search;
  const area: Area = { minFirst, maxFirst, minSecond, maxSecond };
  const isChosen = bounds.some((name) => search[name] !== undefined);
  const isZoomed = isChosen && search.zoom === 'yes';
  const { data, error, refetch } = useQuery({
    ...samplePairsQuery(first.runId, { ...asked, ...(isZoomed ? area : {}) }, stamp),
    placeholderData: keepPreviousData,
  });
  const top = useRef<HTMLDivElement>(null);
  // The button that opened it may be far below.
  const isThere = data !== undefined;
  useEffect(() => {
    if (isThere) top.current?.scrollIntoView({ block: 'nearest' });
  }, [isThere]);
  const titles = { first: `${measure}, ${first.name}`, second: `${measure}, ${second.name}` };
  if (data === undefined)
    return error === null ? <Loading what="the samples of both" /> : <Failed error={error} again={() => void refetch()} />;
  return (
    <Stack gap="sm" ref={top} className="card">
      <Title order={first.runId === second.runId ? 2 : 3} size="h5">
        {first.name} and {second.name}, sample by sample
      </Title>
      <Text size="sm">
        {data.samples - data.leftOut} samples{isZoomed ? ' of this part' : ' that both have'}
        {data.leftOut === 0 ? '' : `, and ${data.leftOut} without two finite scores`}. On the dashed line both are equal. Click a{' '}
        {data.points === undefined ? 'square' : 'point'}, or draw over some, to see the samples.
      </Text>
      <Group align="start" gap="lg">
        <div style={{ flex: '1 1 20rem', minWidth: 0, maxWidth: '36rem' }}>
          {data.ranges === undefined ? (
            <Text className="faint">No sample has two finite scores here.</Text>
          ) : (
            <ScatterView
              ranges={data.ranges}
              {...(data.points === undefined ? {} : { points: data.points.map(numbers) })}
              {...(data.bins === undefined ? {} : { bins: { count: BINS, filled: data.bins } })}
              titles={titles}
              chosen={isZoomed ? nothing : area}
              label={`${titles.second} by ${titles.first}: ${data.samples - data.leftOut} samples`}
              onChoose={(chosen) => set({ ...chosen, zoom: undefined })}
            />
          )}
        </div>
        <Stack gap="xs" style={{ flex: '1 1 18rem', minWidth: 0 }}>
          <Fields first={first.name} second={second.name} search={search} set={set} />
          {isChosen ? (
            <>
              <Group gap="xs">
                <Button size="xs" variant="default" onClick={() => set({ zoom: isZoomed ? undefined : 'yes' })}>
                  {isZoomed ? 'Show the whole picture' : 'Enlarge this part'}
                </Button>
                <Button size="xs" variant="default" onClick={() => set({ ...nothing, zoom: undefined })}>
                  All samples
                </Button>
              </Group>
              <Chosen first={first} second={second} asked={{ ...asked, ...area }} row={row} stamp={stamp} />
            </>
          ) : null}
        </Stack>
      </Group>
    </Stack>
  );
}

function numbers({ sampleIndex, first, second }: NonNullable<SamplePairs['points']>[number]) {
  return { sampleIndex, first: numberOf(first), second: numberOf(second) };
}

interface FieldsProps {
  readonly first: string;
  readonly second: string;
  readonly search: PairSearch;
  readonly set: SamplePairsProps['set'];
}

/** The bounds as numbers, for those who do not draw. */
function Fields({ first, second, search, set }: FieldsProps): ReactNode {
  return (
    <>
      {(
        [
          [first, 'minFirst', 'maxFirst'],
          [second, 'minSecond', 'maxSecond'],
        ] as const
      ).map(([name, ...names]) => (
        <Group key={names.join()} gap={4} align="end" wrap="nowrap">
          {names.map((bound, at) => (
            <NumberInput
              key={bound}
              label={at === 0 ? <span className="wrap">{name} from</span> : 'to'}
              aria-label={`${name} ${at === 0 ? 'from' : 'to'}`}
              value={search[bound] ?? ''}
              onChange={(value) => set({ [bound]: value === '' ? undefined : Number(value) })}
              hideControls
              style={{ flex: 1, minWidth: 0 }}
            />
          ))}
        </Group>
      ))}
    </>
  );
}

interface ChosenProps {
  readonly first: Side;
  readonly second: Side;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly row: Comparison;
  readonly stamp: string | undefined;
}

/** The chosen samples with both scores; each leads to the sample in its run. */
function Chosen({ first, second, asked, row, stamp }: ChosenProps): ReactNode {
  const { data, error, refetch } = useQuery({
    ...samplePairsQuery(first.runId, { ...asked, limit: MOST_LISTED }, stamp),
    placeholderData: keepPreviousData,
  });
  if (data === undefined)
    return error === null ? <Loading what="the samples" /> : <Failed error={error} again={() => void refetch()} />;
  const linkTo = (side: Side, sample: number) =>
    ({
      to: '/runs/$id/samples/$index',
      params: { id: side.runId, index: String(sample) },
      search: { by: side.ordinal, metric: row.metric, setting: JSON.stringify(row.setting) },
    }) as const;
  if (data.samples === 0) return <Text size="sm">No sample lies within these bounds.</Text>;
  if (data.points === undefined)
    return (
      <Text size="sm" role="status">
        {data.samples} samples lie within these bounds. At most {MOST_LISTED} are listed: enlarge this part, and choose a smaller
        one.
      </Text>
    );
  return (
    <div
      className="scroll"
      tabIndex={0}
      role="region"
      aria-label="Chosen samples"
      style={{ maxHeight: '26rem', overflow: 'auto' }}
    >
      <Table verticalSpacing={2} fz="sm" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Sample</Table.Th>
            <Table.Th scope="col" ta="right">
              {first.name}
            </Table.Th>
            <Table.Th scope="col" ta="right">
              {second.name}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.points.map((point) => (
            <Table.Tr key={point.sampleIndex}>
              <Table.Th scope="row" fw={400}>
                <Link {...linkTo(first, point.sampleIndex)} className="link">
                  Sample {point.sampleIndex}
                </Link>
                {first.runId === second.runId ? null : (
                  <>
                    {' '}
                    <Link
                      {...linkTo(second, point.sampleIndex)}
                      className="link"
                      aria-label={`Sample ${point.sampleIndex} in ${second.name}`}
                    >
                      in the other run
                    </Link>
                  </>
                )}
              </Table.Th>
              <Table.Td className="numbers">{formatValue(point.first)}</Table.Td>
              <Table.Td className="numbers">{formatValue(point.second)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
