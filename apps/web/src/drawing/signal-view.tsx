import { useState, type PointerEvent, type ReactNode } from 'react';
import { colourOf, type Colours } from './colours.js';
import { runs } from './outline.js';
import { rangeOf, type Layout, type Scale } from './pictures.js';

/** Positions `from` … `to − 1`. */
export type Span = readonly [from: number, to: number];

interface SignalProps {
  readonly input: Float32Array;
  readonly layout: Layout;
  /** The map with its scale: as colours behind the line, or as an area below it. */
  readonly map?: {
    readonly values: Float32Array;
    readonly scale: Scale;
    readonly as?: 'colour' | 'area';
    readonly opacity?: number;
  };
  readonly colours?: Colours;
  /** Positions that are hidden are drawn in grey. */
  readonly shown?: Float32Array;
  /** Above zero inside the region. */
  readonly region?: Float32Array | undefined;
  /** Which positions are drawn; default all. */
  readonly span?: Span | undefined;
  /** Called with the positions that the pointer was drawn over. */
  readonly onSpan?: (span: Span) => void;
  readonly alt: string;
}

const [WIDTH, HEIGHT, AREA] = [300, 120, 60];

/** A signal as a line a channel, with the map as colour behind it or as area below it. */
export function SignalView({ input, layout, map, colours, shown, region, span, onSpan, alt }: SignalProps): ReactNode {
  const [drawn, setDrawn] = useState<readonly [number, number]>();
  const { channels } = layout;
  const [length = 1] = layout.positions;
  const [from, to] = span ?? [0, length];
  const positions = Array.from({ length: to - from }, (_, at) => from + at);
  const { low, high } = rangeOf(input);
  const edge = (position: number) => ((position - from) * WIDTH) / (to - from);
  const x = (position: number) => edge(position + 0.5);
  const y = (value: number) => HEIGHT - 6 - ((value - low) / (high > low ? high - low : 1)) * (HEIGHT - 12);
  const path = (values: Float32Array, channel: number) =>
    positions
      .map(
        (position, at) =>
          `${at === 0 ? 'M' : 'L'}${x(position).toFixed(1)} ${y(values[position * channels + channel] ?? 0).toFixed(1)}`,
      )
      .join('');
  const isArea = map?.as === 'area';
  const height = isArea ? HEIGHT + AREA : HEIGHT;
  /** Where in the signal the pointer is. */
  const pointed = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>): number => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.max(from, Math.min(to, from + ((clientX - left) / width) * (to - from)));
  };
  const end = () => {
    if (drawn !== undefined) {
      const [start, stop] = drawn[0] < drawn[1] ? drawn : [drawn[1], drawn[0]];
      if (stop - start >= 1) onSpan?.([Math.floor(start), Math.ceil(stop)]);
    }
    setDrawn(undefined);
  };
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={region === undefined ? alt : `${alt}, with its region`}
      style={{ width: '100%', height: 'auto', display: 'block', touchAction: 'pan-y' }}
      {...(onSpan === undefined
        ? {}
        : {
            onPointerDown: (event) => setDrawn([pointed(event), pointed(event)]),
            onPointerMove: (event) => drawn !== undefined && setDrawn([drawn[0], pointed(event)]),
            onPointerUp: end,
            onPointerLeave: () => setDrawn(undefined),
          })}
    >
      {map === undefined || isArea
        ? null
        : positions.map((position) => (
            <rect
              key={position}
              x={edge(position)}
              width={WIDTH / (to - from) + 0.5}
              y={0}
              height={HEIGHT}
              fill={colourOf(map.values[position] ?? 0, map.scale, colours)}
              opacity={map.opacity ?? 0.75}
            />
          ))}
      {map !== undefined && isArea ? <MapArea {...{ positions, edge, colours, map }} /> : null}
      {region === undefined
        ? null
        : runs(length, (position) => (region[position] ?? 0) > 0)
            .filter(([start, stop]) => stop > from && start < to)
            .map(([start, stop]) => (
              <rect
                key={start}
                x={edge(Math.max(start, from))}
                width={edge(Math.min(stop, to)) - edge(Math.max(start, from))}
                {...{ y: 1, height: HEIGHT - 2, fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeDasharray: '4 3' }}
              />
            ))}
      {Array.from({ length: channels }, (_, channel) => (
        <path
          key={channel}
          d={path(input, channel)}
          fill="none"
          stroke="currentColor"
          strokeOpacity={shown === undefined ? 1 : 0.25}
          strokeWidth={1.5}
        />
      ))}
      {shown === undefined
        ? null
        : Array.from({ length: channels }, (_, channel) => (
            <path
              key={channel}
              d={path(shown, channel)}
              fill="none"
              stroke="var(--mantine-primary-color-filled)"
              strokeWidth={1.5}
            />
          ))}
      {drawn === undefined ? null : (
        <rect
          x={edge(Math.min(...drawn))}
          width={Math.abs(edge(drawn[1]) - edge(drawn[0]))}
          {...{ y: 0, height, fill: 'currentColor', opacity: 0.2 }}
        />
      )}
    </svg>
  );
}

interface AreaProps {
  readonly positions: readonly number[];
  readonly edge: (position: number) => number;
  readonly colours: Colours | undefined;
  readonly map: { readonly values: Float32Array; readonly scale: Scale };
}

/** The map as bars without gaps from zero, on its scale. */
function MapArea({ positions, edge, colours, map: { values, scale } }: AreaProps): ReactNode {
  const [low, high] = [Math.min(0, scale.low), Math.max(0, scale.high)];
  const y = (value: number) => HEIGHT + AREA - 2 - ((value - low) / (high > low ? high - low : 1)) * (AREA - 4);
  return (
    <>
      {positions.map((position) => {
        const value = values[position] ?? 0;
        return (
          <rect
            key={position}
            x={edge(position)}
            width={edge(position + 1) - edge(position) + 0.5}
            y={Math.min(y(0), y(value))}
            height={Math.abs(y(value) - y(0))}
            fill={colourOf(value, scale, colours)}
          />
        );
      })}
      <line x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} stroke="currentColor" strokeWidth={0.5} />
    </>
  );
}
