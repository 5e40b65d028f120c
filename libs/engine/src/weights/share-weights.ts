import type { Constant, Model } from '@xaigrid/graph';

/** Weights of this many bytes or more are held once per process, however many engines and sessions use them. */
const LARGE_MODEL = 64 * 2 ** 20;

/** Smaller constants stay in the graphs. */
const LARGE_CONSTANT = 64 * 2 ** 10;

/**
 * The same model, with the weights of a large one in memory that all threads of this process can read but must not write. A small
 * model shares nothing, even if its file was read into such memory.
 */
export function shareWeights(model: Model): Model {
  const large = [...model.graph.constants.values()].filter(({ data }) => data.byteLength >= LARGE_CONSTANT);
  const shares = large.reduce((sum, { data }) => sum + data.byteLength, 0) >= LARGE_MODEL;
  const constants = new Map<string, Constant>();
  for (const [name, constant] of model.graph.constants) {
    const isWanted = shares && constant.data.byteLength >= LARGE_CONSTANT;
    constants.set(
      name,
      isWanted === isShared(constant) ? constant : copyIn(constant, isWanted ? SharedArrayBuffer : ArrayBuffer),
    );
  }
  return { ...model, graph: { ...model.graph, constants } };
}

/** The memory of every shared constant. */
export function sharedMemories({ graph }: Pick<Model, 'graph'>): Set<SharedArrayBuffer> {
  const memories = [...graph.constants.values()].map(({ data }): ArrayBufferLike => data.buffer);
  return new Set(memories.filter((memory) => memory instanceof SharedArrayBuffer));
}

function isShared({ data }: Constant): boolean {
  const memory: ArrayBufferLike = data.buffer;
  return memory instanceof SharedArrayBuffer;
}

/** The same values in new memory of one of the two kinds. Readers need not distinguish them. */
function copyIn(constant: Constant, Memory: typeof ArrayBuffer | typeof SharedArrayBuffer): Constant {
  const { data } = constant;
  const memory = new Memory(data.byteLength);
  new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const View = data.constructor as new (memory: ArrayBufferLike) => Constant['data'];
  return { ...constant, data: new View(memory) };
}
