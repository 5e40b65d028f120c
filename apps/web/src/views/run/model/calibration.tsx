import { Table, Text, Title } from '@mantine/core';
import { useCallback, type ReactNode } from 'react';
import type { ModelQuality } from '../../../api/queries.js';
import { PlotFigure, type Plot } from '../../../drawing/plot-figure.js';
import { formatValue } from '../../../parts/texts.js';

type Bins = NonNullable<ModelQuality['calibration']>;

/** Whether the model is right as often as it is sure. */
export function Calibration({ calibration }: { readonly calibration: Bins }): ReactNode {
  const draw = useCallback((plot: Plot, width: number) => reliability(plot, calibration, width), [calibration]);
  const { bins, expectedError, maximumError } = calibration;
  return (
    <section aria-labelledby="calibration">
      <Title order={2} size="h4" id="calibration">
        Calibration
      </Title>
      <Text size="sm" mb="xs">
        Samples in {bins.length} bins of the model’s confidence. On the dashed line it is right as often as it is sure. The mean
        distance from it is {formatValue(expectedError)} (ECE), the largest {formatValue(maximumError)}.
      </Text>
      <div style={{ maxWidth: '40rem' }}>
        <PlotFigure
          label="Accuracy by confidence, with the diagonal of a calibrated model. The table has the numbers."
          draw={draw}
        />
      </div>
      <details>
        <summary>Calibration as a table</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label="Bins of confidence">
          <Table w="auto" verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                {['Confidence', 'Samples', 'Mean confidence', 'Accuracy'].map((title) => (
                  <Table.Th key={title} scope="col" ta="right">
                    {title}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {bins.map(({ low, high, samples, confidence, accuracy }) => (
                <Table.Tr key={low}>
                  <Table.Th scope="row" className="numbers" fw={400}>
                    {low.toFixed(2)} to {high.toFixed(2)}
                  </Table.Th>
                  <Table.Td className="numbers">{samples}</Table.Td>
                  <Table.Td className="numbers">{confidence === undefined ? '–' : formatValue(confidence)}</Table.Td>
                  <Table.Td className="numbers">{accuracy === undefined ? '–' : formatValue(accuracy)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </details>
    </section>
  );
}

function reliability(plot: Plot, { bins }: Bins, width: number): SVGSVGElement | HTMLElement {
  const filled = bins.flatMap(({ low, high, samples, confidence, accuracy }) =>
    confidence === undefined || accuracy === undefined ? [] : [{ low, high, samples, confidence, accuracy }],
  );
  const most = Math.max(...filled.map(({ samples }) => samples));
  return plot.plot({
    width,
    height: Math.min(420, Math.max(240, width * 0.75)),
    x: { domain: [0, 1], label: 'Confidence' },
    y: { domain: [0, 1], label: 'Accuracy', grid: true },
    marks: [
      plot.rect(filled, { x1: 'low', x2: 'high', y1: 0, y2: 'accuracy', fill: '#4e79a7', fillOpacity: 0.55, inset: 0.5 }),
      plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'currentColor', strokeDasharray: '4 3', strokeOpacity: 0.7 },
      ),
      plot.dot(filled, {
        x: 'confidence',
        y: 'accuracy',
        r: ({ samples }: (typeof filled)[number]) => 2 + 6 * Math.sqrt(samples / most),
        fill: '#f28e2c',
        stroke: 'currentColor',
        strokeWidth: 0.5,
        tip: true,
        title: ({ samples, confidence, accuracy }: (typeof filled)[number]) =>
          `${samples} samples\nmean confidence ${confidence.toFixed(3)}\naccuracy ${accuracy.toFixed(3)}`,
      }),
    ],
    r: { type: 'identity' },
  });
}
