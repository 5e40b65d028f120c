import { readFileSync } from 'node:fs';
import { targets } from '@xaigrid/contracts';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { resizeLinear, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

/** Arrays within arrays, of one shape. */
type Nested = number | readonly Nested[];
const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(nested)]));

const golden = z.object({
  classes: z.array(z.int()),
  networks: z.record(
    z.string(),
    z.object({
      model: z.string(),
      inputs: nested,
      cases: z.array(
        z.object({
          method: z.string(),
          target: z.enum(targets),
          layer: z.string(),
          /** What the library was asked for besides. */
          params: z.record(z.string(), z.unknown()).default({}),
          layerMaps: nested,
          maps: nested.optional(),
        }),
      ),
    }),
  ),
});

/** The CAMs of another library: `tests/parity/<library>/cam_maps.json`. */
export function camGoldens(library: string) {
  const path = new URL(`../../../tests/parity/${library}/cam_maps.json`, import.meta.url);
  const { classes, networks } = golden.parse(JSON.parse(readFileSync(path, 'utf8')));
  return {
    classes: Int32Array.from(classes),
    networks: Object.entries(networks).map(([name, { model, inputs, cases }]) => ({
      name,
      inputs: tensorOfNested(inputs),
      cases: cases.map(({ layerMaps, maps, ...asked }) => ({
        ...asked,
        layerMaps: tensorOfNested(layerMaps),
        ...(maps === undefined ? {} : { maps: tensorOfNested(maps) }),
      })),
      open: () => opened(model),
    })),
  };
}

async function opened(model: string): Promise<Engine> {
  const files = [{ name: 'm.onnx', bytes: new Uint8Array(Buffer.from(model, 'base64')) }];
  return createEngine({ model: await readModel({ files, name: 'golden' }), name: 'onnxruntime', threads: 1 });
}

/** The layer that has this name, or comes from this PyTorch module. */
export function layerOf({ model }: Engine, module: string): string {
  const name = module.replaceAll('.', '/');
  const layer = model.layers.find((one) => one.name.includes(`/${name}/`));
  if (layer === undefined) throw new TypeError(`No layer is ${module}: ${model.layers.map((one) => one.name).join(', ')}`);
  return layer.name;
}

function tensorOfNested(values: Nested): Tensor {
  const shape: number[] = [];
  for (let inner: Nested | undefined = values; typeof inner === 'object'; inner = inner[0]) shape.push(inner.length);
  const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat));
  return { shape, data: Float32Array.from(flat(values)) };
}

/** Maps of a layer, resized to the positions of the samples: `[n, ...grid]` → `[n, ...positions]`. */
export function resized({ shape, data }: Tensor, positions: readonly number[]): Tensor['data'] {
  return resizeLinear({ shape: [...shape, 1], data }, positions).data;
}

export function largestOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
