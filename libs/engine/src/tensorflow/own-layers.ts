import type { SymbolicTensor } from '@tensorflow/tfjs';
import type { Shape } from './layers/layer.js';
import type { TensorFlow } from './tensorflow-library.js';

type TfShape = SymbolicTensor['shape'];

/** The shape of a layer's output, without the batch. */
type ShapeOf = (inputs: readonly Shape[]) => Shape;

/** The shape functions of placeholders, by the number in their configuration. Each exists while its model is read. */
const shapes = new Map<number, ShapeOf>();
let count = 0;
const registered = new WeakSet<object>();

/** The class name of the engine's own layers in TensorFlow.js. */
const CLASS_NAME = 'XaigridLayer';

/** Makes placeholder layers. `dispose` forgets them. */
export interface Placeholders {
  /** A layer for TensorFlow.js to read: connected like the engine's own layer, but without computation. */
  placeholder(
    name: string,
    shapeOf: ShapeOf,
  ): { readonly class_name: string; readonly config: Readonly<Record<string, unknown>> };
  dispose(): void;
}

/** Placeholders for the engine's own layers, in a topology that TensorFlow.js reads. */
export function createPlaceholders(tf: TensorFlow): Placeholders {
  register(tf);
  const used: number[] = [];
  return {
    placeholder(name, shapeOf) {
      const own = count++;
      used.push(own);
      shapes.set(own, shapeOf);
      return { class_name: CLASS_NAME, config: { name, own } };
    },
    dispose() {
      for (const own of used) shapes.delete(own);
    },
  };
}

function register(tf: TensorFlow): void {
  if (registered.has(tf)) return;
  registered.add(tf);
  class XaigridLayer extends tf.layers.Layer {
    static readonly className = CLASS_NAME;
    private readonly shapeOf: ShapeOf | undefined;

    constructor(config: { readonly name: string; readonly own: number }) {
      super({ name: config.name });
      this.shapeOf = shapes.get(config.own);
    }

    override computeOutputShape(given: TfShape | TfShape[]): TfShape {
      const inputs = (Array.isArray(given[0]) ? given : [given]) as TfShape[];
      const samples = inputs.map((shape) => shape.slice(1).map((extent) => extent ?? 1));
      return [null, ...(this.shapeOf?.(samples) ?? samples[0] ?? [])];
    }
  }
  tf.serialization.registerClass(XaigridLayer);
}
