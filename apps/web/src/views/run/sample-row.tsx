import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { evaluationQuery, type ListedSample, type RunDetails } from '../../api/queries.js';
import { MapThumbnail, SampleThumbnail } from '../../drawing/thumbnails.js';
import { without } from '../../parts/records.js';
import { formatValue } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import type { SampleOrder } from './sample-order.js';

interface SampleRowProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly row: ListedSample;
  readonly search: SampleSearch & { readonly part?: string };
}

/** One sample: its picture, what the model says of it, and the map and score of each method. */
export function SampleRow({ run, order, row, search }: SampleRowProps): ReactNode {
  const { methods, evaluation } = order;
  const { data: details } = useQuery(evaluationQuery(run.id, evaluation.ordinal));
  const name = (label: number) => details?.classNames[label] ?? String(label);
  const truth = row.trueClasses ?? (row.trueClass < 0 ? [] : [row.trueClass]);
  const isRight = truth.includes(row.predictedClass);
  const linkTo = (by: number) =>
    ({
      to: '/runs/$id/samples/$index',
      params: { id: run.id, index: String(row.sampleIndex) },
      search: { ...without(search, 'part', 'histogram'), by },
    }) as const;
  return (
    <div className="card" style={{ marginBottom: '.6rem' }}>
      <Group gap="xs" mb={4}>
        <Link {...linkTo(evaluation.ordinal)} className="link">
          Sample {row.sampleIndex}
        </Link>
        <Text size="sm">
          {truth.length === 0 ? 'no label' : truth.map(name).join(', ')}
          {', predicted '}
          {name(row.predictedClass)} {truth.length === 0 ? '' : isRight ? '✓' : '✗'}
        </Text>
        <Text size="sm" className="faint">
          confidence {formatValue(row.confidence)}
          {row.disagreement === undefined ? '' : `, disagreement ${formatValue(row.disagreement)}`}
        </Text>
      </Group>
      <div
        style={{
          display: 'grid',
          gridAutoFlow: 'column',
          gridAutoColumns: 'minmax(6.5rem, 11rem)',
          gap: '.5rem',
          overflowX: 'auto',
        }}
        tabIndex={0}
        role="group"
        aria-label={`Maps of sample ${row.sampleIndex}`}
      >
        <figure style={{ margin: 0 }}>
          <SampleThumbnail id={run.id} ordinal={evaluation.ordinal} index={row.sampleIndex} shape={details?.sampleShape} />
          <figcaption>
            <Text size="xs">input</Text>
          </figcaption>
        </figure>
        {methods.map((method) => {
          const score = row.scores.find(({ evaluation: own }) => own === method.ordinal);
          return (
            <figure key={method.ordinal} style={{ margin: 0, minWidth: 0 }}>
              {/* Reached by the arrows: with Tab, one stop a sample is enough. */}
              <Link
                {...linkTo(method.ordinal)}
                tabIndex={-1}
                className="map-link"
                aria-label={`Map of ${method.label} for sample ${row.sampleIndex}`}
              >
                <MapThumbnail
                  id={run.id}
                  ordinal={method.ordinal}
                  index={row.sampleIndex}
                  shape={details?.sampleShape}
                  label={method.label}
                />
              </Link>
              <figcaption>
                <Text size="xs" fw={method.ordinal === evaluation.ordinal ? 700 : 400} truncate title={method.label}>
                  {method.label}
                </Text>
                <Text size="xs" className="faint">
                  {score === undefined ? 'no score' : formatValue(score.value)}
                  {score?.degenerate === true ? ', the same everywhere' : ''}
                </Text>
              </figcaption>
            </figure>
          );
        })}
      </div>
    </div>
  );
}
