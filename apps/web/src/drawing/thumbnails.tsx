import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { urlOf } from '../api/client.js';
import { mapQuery, sampleQuery } from '../api/queries.js';
import type { Tensor } from '../api/npy.js';
import { defaultColours, type Colours } from './colours.js';
import { outlineOf } from './outline.js';
import { PictureView } from './picture-view.js';
import {
  layoutOf,
  meanOverChannels,
  overlayPicture,
  samplePicture,
  scaleOf,
  sizeOf,
  type Layout,
  type Scale,
} from './pictures.js';
import { SignalView, type Span } from './signal-view.js';

interface Place {
  readonly id: string;
  readonly ordinal: number;
  readonly index: number;
  /** Of the sample, once it is known. */
  readonly shape: readonly number[] | undefined;
}

/** How a sample is drawn: by its number of position axes. A volume is shown by its middle slice. */
export function kindOf(shape: readonly number[]): 'table' | 'signal' | 'image' | 'volume' {
  if (shape.length === 1) return 'table';
  return shape.length === 2 ? 'signal' : shape.length === 3 ? 'image' : 'volume';
}

/** The middle slice of a volume along its first axis; anything else as it is. */
function flat(
  sample: Tensor,
  mapOf?: Tensor,
): { readonly sample: Tensor; readonly map: Tensor | undefined; readonly slice?: number } {
  if (kindOf(sample.shape) !== 'volume') return { sample, map: mapOf };
  const [depth = 1] = sample.shape;
  const slice = Math.floor(depth / 2);
  const cut = ({ shape, data }: Tensor): Tensor => {
    const [, ...rest] = shape;
    const size = sizeOf(rest);
    return { shape: rest, data: data.subarray(slice * size, (slice + 1) * size) };
  };
  return { sample: cut(sample), map: mapOf === undefined ? undefined : cut(mapOf), slice };
}

function withLayout<Cut extends { readonly sample: Tensor }>(cut: Cut): Cut & { readonly layout: Layout } {
  return { ...cut, layout: layoutOf(cut.sample.shape) };
}

/** A sample alone. */
export function SampleThumbnail(place: Place): ReactNode {
  const alt = `Sample ${place.index}`;
  if (place.shape === undefined) return <Skeleton height={90} />;
  if (kindOf(place.shape) === 'image') return <ServerPicture {...place} of="sample" alt={alt} />;
  return <DrawnSample {...place} alt={alt} />;
}

/** A sample with a method's map over it. */
export function MapThumbnail({ label, ...place }: Place & { readonly label: string }): ReactNode {
  const alt = `Map of ${label} for sample ${place.index}`;
  if (place.shape === undefined) return <Skeleton height={90} />;
  if (kindOf(place.shape) === 'image') return <ServerPicture {...place} of="map" alt={alt} />;
  return <DrawnMap {...place} alt={alt} />;
}

/** A small picture that the server made: some kilobytes instead of a whole image and map. */
function ServerPicture({
  id,
  ordinal,
  index,
  of,
  alt,
}: Place & { readonly of: 'sample' | 'map'; readonly alt: string }): ReactNode {
  const [isMissing, setMissing] = useState(false);
  if (isMissing) return <Missing why="the server has no picture of it" />;
  const src = urlOf('thumbnail', { params: { id, ordinal, index }, query: { of } });
  return <img src={src} alt={alt} loading="lazy" decoding="async" className="pixels" onError={() => setMissing(true)} />;
}

// A signal or a table has fewer numbers than its picture would have bytes, and is drawn in the colours of the page.
function DrawnSample({ alt, ...place }: Place & { readonly alt: string }): ReactNode {
  const { data, error } = useQuery(sampleQuery(place.id, place.ordinal, place.index));
  if (error !== null) return <Missing why={error.message} />;
  if (data === undefined) return <Skeleton height={90} />;
  return <SampleDrawing input={data.input} alt={alt} />;
}

function DrawnMap({ alt, ...place }: Place & { readonly alt: string }): ReactNode {
  const sample = useQuery(sampleQuery(place.id, place.ordinal, place.index));
  const map = useQuery(mapQuery(place.id, place.ordinal, place.index));
  const error = map.error ?? sample.error;
  if (error !== null) return <Missing why={error.message} />;
  if (map.data === undefined || sample.data === undefined) return <Skeleton height={90} />;
  return <MapDrawing input={sample.data.input} map={map.data.map} alt={alt} />;
}

function Missing({ why }: { readonly why: string }): ReactNode {
  return (
    <Text size="xs" className="faint wrap" title={why}>
      not there: {why}
    </Text>
  );
}

interface DrawingProps {
  readonly input: Tensor;
  readonly alt: string;
  readonly smooth?: boolean;
  /** `[...positions]`, above zero inside the region. */
  readonly region?: Tensor | undefined;
  /** Of a signal: which positions are drawn, and who is told of those that the pointer was drawn over. */
  readonly span?: Span | undefined;
  readonly onSpan?: (span: Span) => void;
}

/** The region of what is drawn, and its outline if that is an image. */
function useRegion(input: Tensor, region: Tensor | undefined) {
  return useMemo(() => {
    if (region === undefined) return {};
    const { data } = flat(input, region).map ?? region;
    const [height = 1, width = 1] = layoutOf(flat(input).sample.shape).positions;
    return kindOf(input.shape) === 'image' || kindOf(input.shape) === 'volume'
      ? { data, outline: outlineOf(data, width, height) }
      : { data };
  }, [input, region]);
}

export function SampleDrawing({ input, alt, smooth = false, region, ...zoom }: DrawingProps): ReactNode {
  const { sample, layout } = useMemo(() => withLayout(flat(input)), [input]);
  const picture = useMemo(() => samplePicture(sample.data, layout), [sample, layout]);
  const { data, outline = '' } = useRegion(input, region);
  if (kindOf(sample.shape) === 'image') return <PictureView {...{ picture, alt, smooth, outline }} />;
  return <SignalView input={sample.data} layout={layout} alt={alt} region={data} {...zoom} />;
}

interface MapDrawingProps extends DrawingProps {
  readonly map: Tensor;
  readonly opacity?: number;
  /** Default: that of the map alone. */
  readonly scale?: Scale;
  readonly colours?: Colours;
  /** Of a signal. */
  readonly as?: 'colour' | 'area';
}

export function MapDrawing(props: MapDrawingProps): ReactNode {
  const { input, map, alt, opacity = 0.7, smooth = false, colours = defaultColours, as = 'colour', region, scale: given } = props;
  const cut = useMemo(() => withLayout(flat(input, map)), [input, map]);
  const { layout } = cut;
  const values = useMemo(() => meanOverChannels(cut.map ?? map, layout), [cut, map, layout]);
  const scale = useMemo(() => given ?? scaleOf(values), [values, given]);
  const picture = useMemo(
    () =>
      kindOf(cut.sample.shape) === 'image'
        ? overlayPicture(values, scale, samplePicture(cut.sample.data, layout), { opacity, colours })
        : undefined,
    [cut, layout, values, scale, opacity, colours],
  );
  const { data, outline = '' } = useRegion(input, region);
  if (picture !== undefined) return <PictureView {...{ picture, alt, smooth, outline }} />;
  const { span, onSpan } = props;
  return (
    <SignalView
      input={cut.sample.data}
      map={{ values, scale, as, opacity }}
      region={data}
      {...{ layout, colours, alt, span }}
      {...(onSpan === undefined ? {} : { onSpan })}
    />
  );
}

/** The scale of maps as they are drawn: one for all of them. */
export function drawnScale(input: Tensor, maps: readonly Tensor[]): Scale {
  return scaleOf(
    maps.map((map) => {
      const cut = withLayout(flat(input, map));
      return meanOverChannels(cut.map ?? map, cut.layout);
    }),
  );
}
