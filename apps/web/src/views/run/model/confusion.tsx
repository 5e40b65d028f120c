import { Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ModelQuality } from '../../../api/queries.js';

/** With more classes than these, the matrix would be wider than most screens: its largest mistakes are listed. */
const MOST_CLASSES = 30;
const MOST_LISTED = 100;

interface ConfusionProps {
  readonly quality: ModelQuality;
  readonly confusion: NonNullable<ModelQuality['confusion']>;
  readonly runId: string;
  readonly ordinal: number;
}

type Cell = ConfusionProps['confusion']['cells'][number];

/** How often each class is predicted as each; a number leads to its samples. */
export function Confusion(props: ConfusionProps): ReactNode {
  const isMatrix = props.quality.classNames.length <= MOST_CLASSES;
  return (
    <section aria-labelledby="confusion">
      <Title order={2} size="h4" id="confusion">
        Confusion
      </Title>
      <Text size="sm" mb="xs">
        {isMatrix
          ? 'Rows are labels, columns are predictions; a number leads to its samples. The colour is the share of the row.'
          : `The model has ${props.quality.classNames.length} classes, so only the most frequent mistakes are listed. A number leads to its samples.`}
      </Text>
      {isMatrix ? <Matrix {...props} /> : <Mistakes {...props} />}
    </section>
  );
}

function Matrix({ quality, confusion, runId, ordinal }: ConfusionProps): ReactNode {
  const { classNames, perClass } = quality;
  const cells = new Map(confusion.cells.map((cell) => [`${cell.label} ${cell.predicted}`, cell]));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
      <Table w="auto" verticalSpacing={2} horizontalSpacing={6} className="matrix">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" className="first">
              Label
            </Table.Th>
            {classNames.map((name, at) => (
              <Table.Th key={at} scope="col" ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {classNames.map((name, label) => (
            <Table.Tr key={label}>
              <Table.Th scope="row" className="first">
                {name}
              </Table.Th>
              {classNames.map((_, predicted) => {
                const cell = cells.get(`${label} ${predicted}`);
                const share = (cell?.samples ?? 0) / Math.max(1, perClass[label]?.support ?? 1);
                return (
                  <Table.Td key={predicted} className="numbers" style={{ background: shade(share, label === predicted) }}>
                    {cell === undefined ? (
                      <span className="faint">0</span>
                    ) : (
                      <CellLink cell={cell} classNames={classNames} runId={runId} ordinal={ordinal} />
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Right answers are blue, mistakes orange; the text on it stays readable. */
function shade(share: number, isRight: boolean): string | undefined {
  if (share === 0) return undefined;
  const colour = isRight ? 'var(--mantine-color-blue-5)' : 'var(--mantine-color-orange-5)';
  return `color-mix(in srgb, ${colour} ${Math.round(8 + 30 * share)}%, var(--mantine-color-body))`;
}

interface CellLinkProps {
  readonly cell: Cell;
  readonly classNames: readonly string[];
  readonly runId: string;
  readonly ordinal: number;
}

function CellLink({ cell: { label, predicted, samples }, classNames, runId, ordinal }: CellLinkProps): ReactNode {
  return (
    <Link
      to="/runs/$id"
      params={{ id: runId }}
      search={{ part: 'samples', by: ordinal, class: label, predicted }}
      className="cell"
      aria-label={`${samples} samples of ${classNames[label] ?? label} predicted as ${classNames[predicted] ?? predicted}`}
    >
      {samples}
    </Link>
  );
}

function Mistakes({ quality, confusion, runId, ordinal }: ConfusionProps): ReactNode {
  const { classNames } = quality;
  const mistakes = confusion.cells
    .filter(({ label, predicted }) => label !== predicted)
    .toSorted((a, b) => b.samples - a.samples);
  return (
    <Stack gap="xs">
      <div className="scroll" tabIndex={0} role="region" aria-label="Most frequent mistakes">
        <Table w="auto" verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Label</Table.Th>
              <Table.Th scope="col">Predicted</Table.Th>
              <Table.Th scope="col" ta="right">
                Samples
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {mistakes.slice(0, MOST_LISTED).map((cell) => (
              <Table.Tr key={`${cell.label} ${cell.predicted}`}>
                <Table.Td>{classNames[cell.label]}</Table.Td>
                <Table.Td>{classNames[cell.predicted]}</Table.Td>
                <Table.Td className="numbers">
                  <CellLink cell={cell} classNames={classNames} runId={runId} ordinal={ordinal} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {mistakes.length > MOST_LISTED || confusion.cellsLeftOut > 0 ? (
        <Text size="sm" className="faint">
          {mistakes.length + confusion.cellsLeftOut - MOST_LISTED} rarer pairs are left out; xaigrid metrics {runId} --format json
          has all.
        </Text>
      ) : null}
    </Stack>
  );
}
