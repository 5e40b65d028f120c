import { Group, MultiSelect, SimpleGrid, Table, Text, Title } from '@mantine/core';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { numberOf } from '../../../api/client.js';
import type { ModelQuality } from '../../../api/queries.js';
import { lineColours, PlotFigure, type Plot } from '../../../drawing/plot-figure.js';
import { formatValue } from '../../../parts/texts.js';

/** More lines than these cannot be told apart by colour. */
const MOST_LINES = 10;
const AVERAGE = 'all classes (micro)';

type Curves = ModelQuality['micro']['curves'];

interface Line {
  readonly name: string;
  readonly curves: Curves;
}

/** ROC and precision-recall curves: a class against the rest, and all outputs together. */
export function ClassCurves({ quality }: { readonly quality: ModelQuality }): ReactNode {
  const { classNames, perClass, micro } = quality;
  const drawn = perClass.filter(({ curves }) => curves !== undefined).toSorted((a, b) => a.f1 - b.f1);
  const [chosen, setChosen] = useState(() =>
    drawn
      .slice(0, MOST_LINES)
      .map((scores) => String(scores.class))
      .toSorted((a, b) => Number(a) - Number(b)),
  );
  const lines = useMemo(
    () => [
      { name: AVERAGE, curves: micro.curves },
      ...chosen.flatMap((value): Line[] => {
        const { curves } = perClass[Number(value)] ?? {};
        return curves === undefined ? [] : [{ name: classNames[Number(value)] ?? value, curves }];
      }),
    ],
    [chosen, classNames, perClass, micro],
  );
  const missing = perClass.filter(({ support }) => support > 0).length - drawn.length;
  return (
    <section aria-labelledby="class-curves">
      <Title order={2} size="h4" id="class-curves">
        Curves of each class
      </Title>
      <Group mb="xs">
        <MultiSelect
          label="Classes"
          description={`At most ${MOST_LINES}, those with the lowest F1 first`}
          data={drawn.map((scores) => ({ value: String(scores.class), label: classNames[scores.class] ?? '' }))}
          value={chosen}
          onChange={setChosen}
          maxValues={MOST_LINES}
          searchable
          w="100%"
        />
      </Group>
      {missing > 0 ? (
        <Text size="sm" className="faint">
          {missing} classes have no curve here: only those with the lowest F1 have one.
        </Text>
      ) : null}
      <ul className="legend" aria-label="Colours of the lines">
        {lines.map(({ name }, at) => (
          <li key={name}>
            <svg width="20" height="8" aria-hidden>
              <path d="M0 4h20" stroke={at === 0 ? 'currentColor' : lineColours[at - 1]} strokeWidth="2.5" />
            </svg>{' '}
            {name}
          </li>
        ))}
      </ul>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <figure className="figure">
          <figcaption>ROC: how many of the class are found, for how many of the others</figcaption>
          <Lines lines={lines} of="roc" x="False positive rate" y="True positive rate" />
        </figure>
        <figure className="figure">
          <figcaption>Precision and recall</figcaption>
          <Lines lines={lines} of="precisionRecall" x="Recall" y="Precision" />
        </figure>
      </SimpleGrid>
      <details>
        <summary>The curves as a table</summary>
        <PointTable lines={lines} />
      </details>
    </section>
  );
}

interface LinesProps {
  readonly lines: readonly Line[];
  readonly of: keyof Curves;
  readonly x: string;
  readonly y: string;
}

function Lines({ lines, of, x, y }: LinesProps): ReactNode {
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const points = lines.flatMap(({ name, curves }) =>
        curves[of].x.map((value, at) => ({ name, x: numberOf(value), y: numberOf(curves[of].y[at]) })),
      );
      const curve = of === 'roc' ? 'linear' : 'step-before';
      return plot.plot({
        width,
        height: Math.min(420, Math.max(240, width * 0.75)),
        x: { domain: [0, 1], label: x },
        y: { domain: [0, 1], label: y, grid: true },
        color: { domain: lines.slice(1).map(({ name }) => name), scheme: 'tableau10', legend: false },
        marks: [
          ...(of === 'roc'
            ? [
                plot.line(
                  [
                    [0, 0],
                    [1, 1],
                  ],
                  { stroke: 'currentColor', strokeOpacity: 0.3, strokeDasharray: '3 3' },
                ),
              ]
            : []),
          plot.line(points, {
            filter: ({ name }: (typeof points)[number]) => name !== AVERAGE,
            ...{ x: 'x', y: 'y', z: 'name', curve, stroke: 'name', strokeWidth: 1.75 },
          }),
          plot.line(points, {
            filter: ({ name }: (typeof points)[number]) => name === AVERAGE,
            ...{ x: 'x', y: 'y', curve, stroke: 'currentColor', strokeWidth: 1.75 },
          }),
          plot.tip(
            points,
            plot.pointer({
              x: 'x',
              y: 'y',
              title: ({ name, x: a, y: b }: (typeof points)[number]) => `${name}\n${x} ${a.toFixed(3)}\n${y} ${b.toFixed(3)}`,
            }),
          ),
        ],
      });
    },
    [lines, of, x, y],
  );
  return (
    <PlotFigure
      label={`${y} by ${x.toLowerCase()}, of ${lines.map(({ name }) => name).join(', ')}. The table has the numbers.`}
      draw={draw}
    />
  );
}

const falsePositiveRates = [0.01, 0.05, 0.1, 0.2, 0.5];
const recalls = [0.5, 0.8, 0.9, 0.95, 1];

function PointTable({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Points of the curves">
      <Table w="auto" verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Class</Table.Th>
            {falsePositiveRates.map((rate) => (
              <Table.Th key={rate} scope="col" ta="right">
                Found at {rate} false positives
              </Table.Th>
            ))}
            {recalls.map((recall) => (
              <Table.Th key={recall} scope="col" ta="right">
                Precision at recall {recall} or more
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(({ name, curves }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                {name}
              </Table.Th>
              {falsePositiveRates.map((rate) => (
                <Table.Td key={rate} className="numbers">
                  {formatValue(highest(curves.roc, (x) => x <= rate))}
                </Table.Td>
              ))}
              {recalls.map((recall) => (
                <Table.Td key={recall} className="numbers">
                  {formatValue(highest(curves.precisionRecall, (x) => x >= recall))}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The highest point of a line among those places. */
function highest({ x, y }: Curves['roc'], isWanted: (x: number) => boolean): number {
  return Math.max(...y.map(numberOf).filter((_, at) => isWanted(numberOf(x[at]))));
}
