import { backendOf, deviceOf, toXaigridError, XaigridError, type Device, type PlannedEvaluation } from '@xaigrid/contracts';
import { createEngine, type Engine, type ModelVariant } from '@xaigrid/engine';
import { createLruCache, type LruCache } from './lru-cache.js';
import type { ModelsAndDatasets } from './models-and-datasets.js';

/** Something made from an engine and kept with it, for example an explainer with its background. */
export interface Prepared {
  close(): Promise<void>;
}

/** One engine, lent to one task at a time. */
export interface EngineLease {
  readonly engine: Engine;
  /** The value kept for this engine under `key`; made now if there is none. */
  prepared<Value extends Prepared>(key: string, make: (engine: Engine) => Promise<Value>): Promise<Value>;
  /** Runs `work` with an engine of the same kind on a variant of the model, then closes that engine. */
  withVariant<Result>(variant: ModelVariant, work: (lease: EngineLease) => Promise<Result>): Promise<Result>;
}

/**
 * The computing threads of this process. Each slot has its own engines, isolated from the JavaScript thread, with
 * `threadsPerSlot` threads (1 by default). As many tasks run at a time as there are slots.
 */
export interface EngineSlots {
  readonly count: number;
  /** @throws VERSION_MISMATCH where the plan wants a backend or a device that is not here */
  use<Result>(plan: EngineWanted, work: (lease: EngineLease) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** The parts of a plan that say which engine executes it. */
type EngineWanted = Pick<PlannedEvaluation, 'model' | 'engine' | 'computedBy'>;

interface KeptEngine {
  readonly engine: Engine;
  readonly prepared: LruCache<Prepared>;
}

/**
 * Models that a slot keeps ready, and explainers that it keeps prepared for each. Enough for a table's rows, in little memory.
 */
const ENGINES_PER_SLOT = 2;
const PREPARED_PER_ENGINE = 4;

/** Makes the slots. Engines are made when a task first needs them, and closed with the slots. */
export function createEngineSlots(options: {
  readonly count: number;
  readonly threadsPerSlot?: number;
  /** Where engines may compute; default: wherever they can. */
  readonly devices?: readonly Device[] | undefined;
  readonly modelsAndDatasets: ModelsAndDatasets;
}): EngineSlots {
  const slots = Array.from({ length: options.count }, () => createLruCache<KeptEngine>(ENGINES_PER_SLOT, closeKept));
  const free = [...slots];
  const waiting: ((slot: LruCache<KeptEngine>) => void)[] = [];

  function acquire(): Promise<LruCache<KeptEngine>> {
    const slot = free.pop();
    return slot === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(slot);
  }

  function release(slot: LruCache<KeptEngine>): void {
    const next = waiting.shift();
    if (next === undefined) free.push(slot);
    else next(slot);
  }

  async function open(plan: EngineWanted, variant?: ModelVariant): Promise<KeptEngine> {
    const backend = backendOf(plan);
    const device = deviceOf(plan);
    const { modelsAndDatasets, devices } = options;
    if (devices?.includes(device) === false)
      throw new XaigridError(
        'VERSION_MISMATCH',
        `The run was planned for the device ${device}. This worker computes on ${devices.join(' and ')} only (XAIGRID_DEVICES).`,
      );
    const model = await (variant === undefined
      ? modelsAndDatasets.model(plan.model)
      : modelsAndDatasets.modelVariant(plan.model, variant));
    const threads = options.threadsPerSlot ?? 1;
    const wanted = { name: plan.engine, backend, device, threads, isolate: true };
    const engine = await createEngine({ model, ...wanted }).catch((error: unknown) => {
      const { code, message } = toXaigridError(error);
      if (code !== 'ENGINE_UNAVAILABLE' || (backend === undefined && device === 'cpu')) throw error;
      const planned = device === 'cpu' ? `backend ${backend ?? ''}` : `device ${device}`;
      const way = `Give it to this worker, or plan the run with another one (docs/engines.md), then resume it.`;
      throw new XaigridError('VERSION_MISMATCH', `The run was planned for the ${planned}. ${message} ${way}`, { cause: error });
    });
    return { engine, prepared: createLruCache<Prepared>(PREPARED_PER_ENGINE, (value) => value.close()) };
  }

  function leaseOf(plan: EngineWanted, { engine, prepared }: KeptEngine): EngineLease {
    return {
      engine,
      async prepared<Value extends Prepared>(key: string, make: (engine: Engine) => Promise<Value>): Promise<Value> {
        // Each key is used with one maker only, so the value under it has that maker's type.
        return (await prepared.get(key, () => make(engine))) as Value;
      },
      async withVariant(variant, work) {
        const kept = await open(plan, variant);
        try {
          return await work(leaseOf(plan, kept));
        } finally {
          await closeKept(kept);
        }
      },
    };
  }

  return {
    count: options.count,
    async use(plan, work) {
      const key = `${plan.engine} ${backendOf(plan) ?? ''} ${deviceOf(plan)} ${plan.model.fingerprint}`;
      const slot = await acquire();
      try {
        return await work(leaseOf(plan, await slot.get(key, () => open(plan))));
      } catch (error) {
        // An engine whose thread has ended would fail every later task of this slot.
        if (toXaigridError(error).code === 'ENGINE_ENDED') await slot.forget(key).catch(() => undefined);
        throw error;
      } finally {
        release(slot);
      }
    },
    async close() {
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

async function closeKept({ engine, prepared }: KeptEngine): Promise<void> {
  await prepared.close();
  await engine.close();
}
