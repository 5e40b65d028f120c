import { Button, Group, SegmentedControl, Select, Slider, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { Tensor } from '../../api/npy.js';
import { mapQuery, type RunDetails, type ScoreRow } from '../../api/queries.js';
import { baselineValues, keptSample, layoutOf, meanOverChannels } from '../../drawing/pictures.js';
import { SignalView } from '../../drawing/signal-view.js';
import { kindOf, SampleDrawing } from '../../drawing/thumbnails.js';
import { Loading } from '../../parts/states.js';
import { formatValue } from '../../parts/texts.js';
import type { SampleOrder } from '../run/sample-order.js';
import type { Display } from './display.js';
import { LiveAnswer } from './live-answer.js';

interface KeptProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly index: number;
  readonly input: Tensor;
  /** Undefined while they are read. */
  readonly scores: readonly ScoreRow[] | undefined;
  readonly nameOf: (label: number) => string;
  readonly display: Display;
}

/** A slider that keeps the highest-ranked share of positions, and shows what the model would be shown. */
export function Kept({ run, order, index, input, scores, nameOf, display }: KeptProps): ReactNode {
  const { kept: fraction, fill: baseline, smooth, span } = display;
  const setFraction = (kept: number) => display.change({ kept });
  const method = order.methods.find(({ ordinal }) => ordinal === display.map) ?? order.evaluation;
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
  const own = scores?.filter(({ evaluation }) => evaluation === method.ordinal) ?? [];
  const answers = own.filter(
    (row) => typeof row.setting.keepFraction === 'number' && (row.setting.baseline ?? 'zero') === baseline,
  );
  const fractions = [...new Set(answers.map(({ setting }) => Number(setting.keepFraction)))].toSorted((a, b) => a - b);
  const areas = own.filter(({ metric }) => metric === 'deletion-insertion');
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
            value={String(method.ordinal)}
            onChange={(value) => display.change({ map: value === null ? undefined : Number(value) })}
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
            onChange={(value) => display.change({ fill: value === 'mean' ? 'mean' : undefined })}
            aria-label="What replaces the others"
          />
          <LiveAnswer
            key={method.ordinal}
            {...{ id: run.id, ordinal: method.ordinal, index, kept: fraction, baseline, nameOf, stored: answers }}
          />
          {areas.length === 0 ? null : (
            <Text size="sm">
              Stored areas under its curves:{' '}
              {areas
                .map(({ measures }) => `insertion ${formatValue(measures.insertion)}, deletion ${formatValue(measures.deletion)}`)
                .join('; ')}
              .
            </Text>
          )}
          {answers.length === 0 ? (
            <Text size="sm" className="faint">
              {scores === undefined
                ? 'Reading the stored scores …'
                : 'No stored score keeps a share of positions with this baseline.'}
            </Text>
          ) : (
            <Group gap={4} role="group" aria-label="Shares with stored scores">
              <Text size="sm">Scores are stored at</Text>
              {fractions.map((stored) => (
                <Button key={stored} size="compact-xs" variant="default" onClick={() => setFraction(stored)}>
                  {Math.round(1000 * stored) / 10} %
                </Button>
              ))}
            </Group>
          )}
        </Stack>
        <div style={{ width: '20rem', maxWidth: '100%' }} className="card">
          {kept === undefined ? (
            <Loading what="the map" />
          ) : kindOf(input.shape) === 'image' || kindOf(input.shape) === 'volume' ? (
            <SampleDrawing
              input={{ shape: input.shape, data: kept }}
              alt={`Sample ${index} with ${Math.round(100 * fraction)} % of its positions`}
              smooth={smooth}
            />
          ) : (
            <SignalView
              input={input.data}
              layout={layout}
              shown={kept}
              span={span}
              alt={`Sample ${index} with ${Math.round(100 * fraction)} % of its positions`}
            />
          )}
        </div>
      </Group>
    </section>
  );
}
