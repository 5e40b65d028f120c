import { Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { numberOf } from '../api/client.js';
import { catalogQuery, comparisonsQuery, type Catalog, type Comparison, type RunDetails } from '../api/queries.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import type { SetSearch } from '../parts/search.js';
import type { PairSearch } from '../router.js';
import { SamplePairsView, type Side } from './sample-pairs.js';
import { canonical, formatValue, measureOf, metricOf, shortSettingText } from '../parts/texts.js';

/** From this p-value on, after Holm's correction, two are told apart. */
const ALPHA = 0.05;

interface PairsProps {
  readonly runs: readonly RunDetails[];
  readonly across: 'methods' | 'runs';
  /** Changes when the results do. */
  readonly stamp: string | undefined;
  /** What a side is called: of runs, their names. */
  readonly nameOf?: (side: string) => string;
  readonly search: PairSearch;
  readonly set: SetSearch<PairSearch>;
}

/** The address without the samples of a pair. */
const noSamples: Parameters<PairsProps['set']>[0] = {
  ...{ pair: undefined, minFirst: undefined, maxFirst: undefined, minSecond: undefined, maxSecond: undefined, zoom: undefined },
};

/** Every two methods of a run, or the same method in two runs, sample by sample, with tests corrected for their number. */
export function Pairs({ runs, across, stamp, nameOf = (side) => side, search, set }: PairsProps): ReactNode {
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const { data, error, refetch } = useQuery(comparisonsQuery(ids, across, stamp));
  const { data: catalog } = useQuery(catalogQuery);
  const subjects = useMemo(() => grouped(data ?? [], catalog), [data, catalog]);
  if (data === undefined)
    return error === null ? <Loading what="comparisons" /> : <Failed error={error} again={() => void refetch()} />;
  const subject = subjects.find(({ key }) => key === search.pairs) ?? subjects[0];
  if (subject === undefined)
    return (
      <Empty title="Nothing to compare">
        {across === 'methods'
          ? 'A comparison needs two methods with scores of the same samples.'
          : 'These runs have no method, data set, model, metric and setting in common.'}
      </Empty>
    );
  const measure = measureOf(catalog, subject.metric, subject.measure);
  const open = subject.rows.find((row) => keyOf(row) === search.pair);
  const [first, second] = open === undefined ? [] : sidesOf(open, runs, nameOf);
  return (
    <Stack gap="sm">
      <Group align="end">
        <Select
          label="Compared by"
          data={subjects.map(({ key, title }) => ({ value: key, label: title }))}
          value={subject.key}
          onChange={(pairs) => set({ ...noSamples, pairs: pairs ?? undefined })}
          allowDeselect={false}
          searchable
          w="26rem"
          maw="100%"
        />
      </Group>
      <Text size="sm">
        {measure?.meaning}
        {measure?.direction === undefined ? '' : ` ${measure.direction === 'higher' ? 'Higher' : 'Lower'} is better.`} Differences
        are the first less the second, over the samples that both have. p is {testName(subject.rows[0])}, after Holm’s correction
        for the {subject.rows[0]?.test?.family ?? subject.rows.length} pairs of this list; below {ALPHA} the two are told apart.
      </Text>
      {open === undefined || first === undefined || second === undefined ? null : (
        <SamplePairsView
          {...{ first, second, row: open, stamp, search, set }}
          key={keyOf(open)}
          measure={measure?.title ?? subject.measure}
        />
      )}
      <div className="scroll" tabIndex={0} role="region" aria-label="Pairs">
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              {[
                'First',
                'Second',
                ...(across === 'runs' ? ['Method'] : []),
                'Difference',
                '95 % interval',
                'Samples',
                'First higher, lower',
                'p',
                'Better',
                'One by one',
              ].map((title) => (
                <Table.Th key={title} scope="col">
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {subject.rows.map((row) => (
              <Table.Tr key={keyOf(row)}>
                <Table.Th scope="row" fw={400}>
                  {nameOf(row.first)}
                </Table.Th>
                <Table.Td>{nameOf(row.second)}</Table.Td>
                {across === 'runs' ? <Table.Td>{row.method}</Table.Td> : null}
                <Table.Td className="numbers">{formatValue(row.difference)}</Table.Td>
                <Table.Td className="numbers faint">
                  {row.interval === undefined ? '–' : `[${formatValue(row.interval.low)}, ${formatValue(row.interval.high)}]`}
                </Table.Td>
                <Table.Td className="numbers">
                  {row.otherSamples === undefined ? row.samples : `${row.samples} and ${row.otherSamples}, not the same ones`}
                </Table.Td>
                <Table.Td className="numbers">{row.higher === undefined ? '–' : `${row.higher}, ${row.lower ?? 0}`}</Table.Td>
                <Table.Td className="numbers">{row.test === undefined ? '–' : formatP(row.test.holm)}</Table.Td>
                <Table.Td fw={600}>{better(row, measure?.direction, nameOf)}</Table.Td>
                <Table.Td>
                  {row.otherSamples !== undefined ? null : (
                    <Button
                      size="compact-xs"
                      variant={row === open ? 'filled' : 'default'}
                      aria-pressed={row === open}
                      aria-label={`Samples of ${nameOf(row.first)} and ${nameOf(row.second)}${row.method === undefined ? '' : `, ${row.method}`}`}
                      onClick={() => set(row === open ? noSamples : { ...noSamples, pairs: subject.key, pair: keyOf(row) })}
                    >
                      Samples
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}

function keyOf({ first, second, method, engine }: Comparison): string {
  return canonical([first, second, method ?? '', engine]);
}

/** The evaluations of a pair; none if a run has them no more. */
function sidesOf(row: Comparison, runs: readonly RunDetails[], nameOf: (side: string) => string): readonly Side[] {
  return (['first', 'second'] as const).flatMap((side) => {
    const run = runs.find(({ id }) => id === row.runs?.[side]) ?? runs[0];
    const label = row.method ?? row[side];
    const found = run?.evaluations.find(
      (one) => one.label === label && one.dataset === row.dataset && one.model === row.model && one.engine === row.engine,
    );
    return run === undefined || found === undefined ? [] : [{ runId: run.id, ordinal: found.ordinal, name: nameOf(row[side]) }];
  });
}

interface Subject {
  readonly key: string;
  readonly title: string;
  readonly metric: string;
  readonly measure: string;
  readonly rows: Comparison[];
}

/** Comparisons of one data set, model, metric, scored class, setting and measure, which are a family. Headline measures come first. */
function grouped(comparisons: readonly Comparison[], catalog: Catalog | undefined): Subject[] {
  const several = (of: (row: Comparison) => string): boolean => new Set(comparisons.map(of)).size > 1;
  const manySubjects = several(({ dataset, model }) => `${dataset} ${model}`);
  const manyClasses = several(({ scoredClass }) => scoredClass);
  const settings = new Map<string, Map<string, Comparison['setting']>>();
  for (const { metric, setting } of comparisons) {
    const own = settings.get(metric) ?? new Map<string, Comparison['setting']>();
    settings.set(metric, own.set(canonical(setting), setting));
  }
  const found = new Map<string, Subject>();
  for (const row of comparisons) {
    const { dataset, model, metric, scoredClass, setting, measure } = row;
    const known = measureOf(catalog, metric, measure);
    if (known !== undefined && known.role !== 'result') continue;
    const key = canonical([dataset, model, metric, scoredClass, setting, measure]);
    const at = [
      shortSettingText(setting, [...(settings.get(metric)?.values() ?? [])]),
      ...(manyClasses ? [`class ${scoredClass}`] : []),
      ...(manySubjects ? [`${model} on ${dataset}`] : []),
    ].filter(Boolean);
    const title = `${metricOf(catalog, metric)?.title ?? metric}: ${known?.title.toLowerCase() ?? measure}${at.length > 0 ? ` (${at.join(', ')})` : ''}`;
    const subject = found.get(key) ?? { key, title, metric, measure, rows: [] };
    subject.rows.push(row);
    found.set(key, subject);
  }
  const isHeadline = ({ metric, measure }: Subject): boolean => metricOf(catalog, metric)?.headline === measure;
  return [...found.values()].sort((a, b) => Number(isHeadline(b)) - Number(isHeadline(a)));
}

function testName(row: Comparison | undefined): string {
  const names = {
    bootstrap: 'by a paired bootstrap',
    wilcoxon: 'by Wilcoxon’s signed-rank test',
    'unpaired-bootstrap': 'by a bootstrap of both sides',
    welch: 'by Welch’s test',
  };
  return row?.test === undefined ? 'absent below two samples' : names[row.test.name];
}

function formatP(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

function better(row: Comparison, direction: 'higher' | 'lower' | undefined, nameOf: (side: string) => string): string {
  if (direction === undefined || row.test === undefined) return '';
  if (row.test.holm >= ALPHA) return 'not told apart';
  const isFirst = numberOf(row.difference) > 0 === (direction === 'higher');
  return nameOf(isFirst ? row.first : row.second);
}
