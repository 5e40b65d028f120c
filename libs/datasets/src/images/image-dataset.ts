import type { Tensor } from '@xaigrid/tensor';
import type { Dataset, SampleBatch } from '../dataset.js';
import { checkIndices, checkRange } from '../sample-range.js';
import { channelsOf, toColour } from './colour.js';
import { decodeImage, isPillow, pillowFilters, resizeByKernel } from './decode-image.js';
import type { ImageBytes } from './image-bytes.js';
import { inOrder } from '../in-order.js';
import type { Listing } from './listing.js';
import type { ImageParameters } from './parameters.js';
import { placementOf, throughWindow } from './fit.js';
import { createPillowResize, type ImageSize, type Pixels, type Resize } from './pillow-resize.js';
import type { ImageRegionDrawer } from '../regions/image-regions.js';
import { createScaling } from './scaling.js';

/**
 * The number of images decoded at once: that of libuv's threads. They decode; this thread scales (1.5 ms for 150×150 to 224×224);
 * engines compute in their own threads.
 */
const AT_ONCE = 4;

export interface ImageDatasetOptions {
  readonly listing: Listing;
  readonly classNames: readonly string[];
  /** `[images]` */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly bytes: ImageBytes;
  readonly size: ImageSize;
  readonly params: ImageParameters;
  readonly fingerprint: string;
  readonly regions?: ImageRegionDrawer;
}

/** Samples `[height, width, channels]`, decoded when they are read. Only the listing of the data set stays in memory. */
export function createImageDataset(options: ImageDatasetOptions): Dataset {
  const { listing, classNames, labels, size, params, fingerprint, regions } = options;
  const channels = channelsOf(params.colour);
  const sampleShape = [size.height, size.width, channels];
  const stride = size.height * size.width * channels;
  const scale = createScaling(params, channels);
  const pixelsOf = createPixels(options);

  async function readRows(indices: Int32Array<ArrayBuffer>, signal?: AbortSignal): Promise<SampleBatch> {
    const data = new Float32Array(indices.length * stride);
    const images = inOrder(indices.length, AT_ONCE, (row) => {
      signal?.throwIfAborted();
      return pixelsOf(indices[row] ?? 0);
    });
    let row = 0;
    for await (const pixels of images) {
      scale(pixels, data.subarray(row * stride, (row + 1) * stride));
      row += 1;
    }
    return {
      inputs: { shape: [indices.length, ...sampleShape], data },
      labels: indices.map((index) => labels[index] ?? 0),
      ...(regions === undefined ? {} : { regions: drawRegions(regions, indices) }),
    };
  }

  function drawRegions(drawer: ImageRegionDrawer, indices: Int32Array): Tensor {
    const positions = size.height * size.width;
    const data = new Float32Array(indices.length * positions);
    for (const [row, index] of indices.entries()) {
      const from = listing[index] ?? size;
      const placement = placementOf(from, { ...params, to: size });
      const region = data.subarray(row * positions, (row + 1) * positions);
      drawer.draw(index, { label: labels[index] ?? 0, from, to: size, placement, region });
    }
    return { shape: [indices.length, size.height, size.width], data };
  }

  return {
    info: {
      ...{ sampleShape, classNames, size: listing.length, fingerprint },
      ...(regions === undefined ? {} : { regions: true, regionsFingerprint: regions.fingerprint }),
    },
    labels: () => labels.slice(),
    read(start, end, signal) {
      checkRange(start, end, listing.length);
      return readRows(
        Int32Array.from({ length: end - start }, (_, i) => start + i),
        signal,
      );
    },
    readAt(indices, signal) {
      checkIndices(indices, listing.length);
      return readRows(indices, signal);
    },
    close: () => Promise.resolve(),
  };
}

/** Makes a function that gives an image in the wanted colours and size. */
function createPixels({ listing, bytes, size, params }: ImageDatasetOptions): (index: number) => Promise<Pixels> {
  const { resample, colour, fill = 0 } = params;
  let pillow: { readonly to: ImageSize; readonly resize: Resize } | undefined;

  function resized(pixels: Pixels, to: ImageSize): Pixels | Promise<Pixels> {
    if (pixels.height === to.height && pixels.width === to.width) return pixels;
    if (!isPillow(resample)) return resizeByKernel(pixels, to, resample);
    if (pillow?.to.height !== to.height || pillow.to.width !== to.width)
      pillow = { to, resize: createPillowResize(to, pillowFilters[resample]) };
    return pillow.resize(pixels);
  }

  return async (index) => {
    const { name = '', orientation } = listing[index] ?? {};
    const pixels = toColour(await decodeImage(await bytes.read(index), name, orientation), colour);
    const placement = placementOf(pixels, { ...params, to: size });
    return throughWindow(await resized(pixels, placement.resized), size, placement, fill);
  };
}
