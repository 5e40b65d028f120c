import { Button, Group, Select, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { histogramQuery, type Catalog, type Histogram, type RunDetails } from '../../api/queries.js';
import { HistogramView } from '../../drawing/histogram-view.js';
import { Failed } from '../../parts/states.js';
import { formatValue, measureOf } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import { Bounds } from './bounds.js';
import type { SetSampleSearch } from './sample-controls.js';
import { samplesChosen, type SampleOrder } from './sample-order.js';

interface HistogramProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
  readonly set: SetSampleSearch;
}

/** The bounds in the address that filter by a value. */
const boundNames = {
  score: ['low', 'high'],
  confidence: ['minConfidence', 'maxConfidence'],
  disagreement: ['minDisagreement', 'maxDisagreement'],
} as const;

/** How a value is spread over the samples that the other filters leave; a range drawn over it filters the list. */
export function SampleHistogram({ run, order, catalog, search, set }: HistogramProps): ReactNode {
  const of = search.histogram === 'confidence' || search.histogram === 'disagreement' ? search.histogram : 'score';
  const { data, error, refetch } = useQuery({
    ...histogramQuery(run.id, { ...samplesChosen(order, search), of }, run),
    placeholderData: keepPreviousData,
  });
  const measure = measureOf(catalog, order.metric, order.measure)?.title ?? order.measure;
  const titles = { score: measure, confidence: 'Confidence', disagreement: 'Disagreement' };
  const [low, high] = [search[boundNames[of][0]], search[boundNames[of][1]]];
  const choose = (bounds: { readonly low?: number | undefined; readonly high?: number | undefined }) =>
    set({ [boundNames[of][0]]: bounds.low, [boundNames[of][1]]: bounds.high });
  return (
    <section aria-label="Histogram" className="card">
      <Group align="end" gap="sm" mb="xs">
        <Select
          label="Histogram of"
          data={Object.entries(titles).map(([value, label]) => ({ value, label }))}
          value={of}
          onChange={(value) => set({ histogram: value === 'score' || value === null ? undefined : value })}
          allowDeselect={false}
          w="11rem"
        />
        <Bounds title={titles.score} names={boundNames.score} search={search} set={set} />
        <Bounds title={titles.confidence} names={boundNames.confidence} search={search} set={set} />
        <Bounds title={titles.disagreement} names={boundNames.disagreement} search={search} set={set} />
        {low === undefined && high === undefined ? null : (
          <Button variant="default" onClick={() => choose({})}>
            All values of {titles[of].toLowerCase()}
          </Button>
        )}
      </Group>
      {error === null ? null : <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? (
        <div style={{ height: '8rem' }} />
      ) : (
        <Bars histogram={data} title={titles[data.of]} chosen={{ low, high }} choose={choose} />
      )}
    </section>
  );
}

interface BarsProps {
  readonly histogram: Histogram;
  readonly title: string;
  readonly chosen: { readonly low: number | undefined; readonly high: number | undefined };
  readonly choose: (bounds: { readonly low?: number | undefined; readonly high?: number | undefined }) => void;
}

function Bars({ histogram, title, chosen, choose }: BarsProps): ReactNode {
  const { low, high, counts, counted, notFinite } = histogram;
  const left = [
    [notFinite.none, 'without a value'],
    [notFinite.infinity, 'infinite'],
    [notFinite.minusInfinity, 'minus infinite'],
  ] as const;
  const others = left.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  if (low === undefined || high === undefined)
    return (
      <Text size="sm" className="faint">
        {counted === 0 ? 'No sample passes the other filters.' : `None of ${counted} samples has a finite value.`}
      </Text>
    );
  const edge = (bin: number) => formatValue(low + (bin * (high - low)) / counts.length);
  return (
    <>
      <HistogramView
        {...{ low, high, counts, chosen }}
        label={`Histogram of ${title.toLowerCase()}: ${counted} samples from ${formatValue(low)} to ${formatValue(high)}`}
        onChoose={choose}
      />
      <Text size="xs" className="faint">
        {counted} samples pass the other filters{others.length === 0 ? '' : `, of them ${others.join(', ')}`}. Draw a range over
        the bars or click one to see only its samples, or fill in from and to above.
      </Text>
      <details>
        <summary>
          <Text span size="xs">
            The histogram as a table
          </Text>
        </summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={`Bins of ${title.toLowerCase()}`}>
          <Table w="auto" fz="xs" verticalSpacing={1}>
            <Table.Thead>
              <Table.Tr>
                {['From', 'To', 'Samples'].map((heading) => (
                  <Table.Th key={heading} scope="col">
                    {heading}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {counts.map((count, bin) => (
                <Table.Tr key={bin}>
                  <Table.Td className="numbers">{edge(bin)}</Table.Td>
                  <Table.Td className="numbers">{edge(bin + 1)}</Table.Td>
                  <Table.Td className="numbers">{count}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </details>
    </>
  );
}
