import {
  Anchor,
  Button,
  Group,
  NativeSelect,
  RangeSlider,
  SegmentedControl,
  SimpleGrid,
  Slider,
  Switch,
  Text,
} from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useRef, type ReactNode } from 'react';
import { urlOf } from '../../api/client.js';
import type { Tensor } from '../../api/npy.js';
import { mapQuery, type RunDetails } from '../../api/queries.js';
import { colourOf, signedNames, unsignedNames, type Colours } from '../../drawing/colours.js';
import { savePng, saveSvg } from '../../drawing/downloads.js';
import { layoutOf, type Scale } from '../../drawing/pictures.js';
import { drawnScale, kindOf, MapDrawing, SampleDrawing } from '../../drawing/thumbnails.js';
import { formatValue } from '../../parts/texts.js';
import type { SampleOrder } from '../run/sample-order.js';
import type { Display } from './display.js';

interface MapsProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly index: number;
  readonly input: Tensor;
  /** The region, if the data set has any and it is asked for. */
  readonly region: Tensor | undefined;
  readonly display: Display;
}

const isPicture = (input: Tensor): boolean => ['image', 'volume'].includes(kindOf(input.shape));

/** The sample and all of its maps side by side, each on its own scale or all on one. */
export function Maps({ run, order, index, input, region, display }: MapsProps): ReactNode {
  const read = useQueries({ queries: order.methods.map(({ ordinal }) => mapQuery(run.id, ordinal, index)) });
  const stamp = read.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ');
  const scales = useMemo(
    () => {
      const maps = read.flatMap(({ data }) => (data === undefined ? [] : [data.map]));
      const one = display.isOneScale && maps.length > 0 ? drawnScale(input, maps) : undefined;
      return read.map(({ data }) => (data === undefined ? undefined : (one ?? drawnScale(input, [data.map]))));
    },
    // The stamp changes with what was read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [stamp, input, display.isOneScale],
  );
  const { smooth, span, opacity, colours, as } = display;
  const onSpan = ([from, to]: readonly [number, number]) => display.change({ from, to });
  const shared = { input, smooth, region, span, ...(isPicture(input) ? {} : { onSpan }) };
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, md: 4, lg: 6 }}>
      <Card
        name={`sample-${index}`}
        title="Input"
        npy={urlOf('sample', { params: { id: run.id, ordinal: order.evaluation.ordinal, index } })}
        isSignal={!isPicture(input)}
      >
        <SampleDrawing {...shared} alt={`Sample ${index}`} />
      </Card>
      {order.methods.map((method, at) => {
        const { data, error } = read[at] ?? {};
        const scale = scales[at];
        return (
          <Card
            key={method.ordinal}
            name={`${method.label}-${index}`}
            title={method.label}
            npy={urlOf('maps', { params: { id: run.id, ordinal: method.ordinal }, query: { start: index, end: index + 1 } })}
            isSignal={!isPicture(input)}
            note={data?.degenerate === true ? 'The same everywhere.' : undefined}
          >
            {data === undefined || scale === undefined ? (
              <Text size="sm" className="faint wrap">
                {error === null || error === undefined ? 'Reading …' : error.message}
              </Text>
            ) : (
              <>
                <MapDrawing {...shared} map={data.map} alt={`Map of ${method.label}`} {...{ opacity, scale, colours, as }} />
                <Legend scale={scale} colours={colours} />
              </>
            )}
          </Card>
        );
      })}
    </SimpleGrid>
  );
}

const STEPS = 24;

/** The colours from the lowest to the highest value. */
function Legend({ scale, colours }: { readonly scale: Scale; readonly colours: Colours }): ReactNode {
  const { low, high } = scale;
  const colourAt = (step: number) => colourOf(low + ((high - low) * step) / (STEPS - 1), { ...scale, low, high }, colours);
  return (
    <Group gap={4} wrap="nowrap" mt={4}>
      <Text size="xs">{formatValue(low)}</Text>
      <svg viewBox={`0 0 ${STEPS} 3`} preserveAspectRatio="none" aria-hidden style={{ flex: 1, minWidth: 0, height: 8 }}>
        {Array.from({ length: STEPS }, (_, step) => (
          <rect key={step} x={step} width={1.1} height={3} fill={colourAt(step)} />
        ))}
      </svg>
      <Text size="xs">{formatValue(high)}</Text>
    </Group>
  );
}

interface CardProps {
  /** Of files. */
  readonly name: string;
  readonly title: string;
  readonly npy: string;
  readonly isSignal: boolean;
  readonly note?: string | undefined;
  readonly children: ReactNode;
}

/** A drawing with its name and its files. */
function Card({ name, title, npy, isSignal, note, children }: CardProps): ReactNode {
  const drawing = useRef<HTMLDivElement>(null);
  const withDrawing = (act: (holder: Element) => unknown) => () => {
    if (drawing.current !== null) void act(drawing.current);
  };
  return (
    <figure className="card" style={{ margin: 0 }}>
      <div ref={drawing}>{children}</div>
      <figcaption>
        <Text size="sm" fw={600} className="wrap">
          {title}
        </Text>
        {note === undefined ? null : <Text size="xs">{note}</Text>}
        <Group gap="xs" className="no-print">
          <Anchor size="xs" href={npy} download={`${name}.npy`} aria-label={`${title} as .npy`}>
            .npy
          </Anchor>
          <Anchor
            component="button"
            size="xs"
            aria-label={`${title} as PNG`}
            onClick={withDrawing((holder) => savePng(holder, name))}
          >
            PNG
          </Anchor>
          {isSignal ? (
            <Anchor
              component="button"
              size="xs"
              aria-label={`${title} as SVG`}
              onClick={withDrawing((holder) => saveSvg(holder, name))}
            >
              SVG
            </Anchor>
          ) : null}
        </Group>
      </figcaption>
    </figure>
  );
}

interface ControlsProps {
  readonly input: Tensor;
  readonly hasRegion: boolean;
  readonly display: Display;
}

/** What can be chosen about the drawings. */
export function MapControls({ input, hasRegion, display }: ControlsProps): ReactNode {
  const { change, colours } = display;
  const [length = 1] = layoutOf(input.shape).positions;
  return (
    <Group gap="lg" align="end">
      <div>
        <Text size="sm">Map over sample</Text>
        <Slider
          w={160}
          {...{ min: 0, max: 1, step: 0.05, value: display.opacity }}
          onChange={(opacity) => change({ opacity: opacity === 0.7 ? undefined : opacity })}
          label={(value) => `${Math.round(100 * value)} %`}
          thumbLabel="Opacity of the map"
        />
      </div>
      <SegmentedControl
        data={[
          { value: 'own', label: 'each its own scale' },
          { value: 'one', label: 'one scale' },
        ]}
        value={display.isOneScale ? 'one' : 'own'}
        onChange={(value) => change({ scale: value === 'one' ? 'one' : undefined })}
        aria-label="Scale of the maps"
      />
      <NativeSelect
        label="Colours from low to high"
        data={unsignedNames}
        value={colours.unsigned}
        onChange={({ currentTarget: { value } }) => change({ colours: unsignedNames.find((name) => name === value) })}
      />
      <NativeSelect
        label="Colours around zero"
        data={signedNames}
        value={colours.signed}
        onChange={({ currentTarget: { value } }) => change({ signed: signedNames.find((name) => name === value) })}
      />
      {isPicture(input) ? (
        <Switch
          label="Smooth"
          checked={display.smooth}
          onChange={({ currentTarget: { checked } }) => change({ smooth: checked ? 'yes' : undefined })}
        />
      ) : (
        <SegmentedControl
          data={[
            { value: 'colour', label: 'map as colour' },
            { value: 'area', label: 'map as area' },
          ]}
          value={display.as}
          onChange={(value) => change({ as: value === 'area' ? 'area' : undefined })}
          aria-label="How maps are drawn"
        />
      )}
      {hasRegion ? (
        <Switch
          label="Region"
          checked={display.hasRegions}
          onChange={({ currentTarget: { checked } }) => change({ regions: checked ? undefined : 'no' })}
        />
      ) : null}
      {isPicture(input) || length < 3 ? null : <Zoom length={length} display={display} />}
    </Group>
  );
}

/** Which positions of a signal are drawn; the pointer can also be drawn over a signal. */
function Zoom({ length, display: { span, change } }: { readonly length: number; readonly display: Display }): ReactNode {
  const [from, to] = span ?? [0, length];
  return (
    <Group gap="xs" align="end">
      <div>
        <Text size="sm">
          Positions {from} to {to - 1}
        </Text>
        <RangeSlider
          w={200}
          {...{ min: 0, max: length, step: 1, minRange: 1, value: [from, to] }}
          onChange={([low, high]) =>
            change(low === 0 && high === length ? { from: undefined, to: undefined } : { from: low, to: high })
          }
          label={null}
          thumbFromLabel="First position that is drawn"
          thumbToLabel="End of the positions that are drawn"
        />
      </div>
      <Button
        size="xs"
        variant="default"
        disabled={span === undefined}
        onClick={() => change({ from: undefined, to: undefined })}
      >
        Whole signal
      </Button>
    </Group>
  );
}
