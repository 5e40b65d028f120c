import { toXaigridError } from '@xaigrid/contracts';
import type { EngineSlots } from '@xaigrid/service';
import type { Store } from '@xaigrid/store';
import type { Tensor } from '@xaigrid/tensor';
import { afterEach, expect, it, vi } from 'vitest';
import { createAskModel } from '../src/ask-model.js';

const place = { ordinal: 0, sampleIndex: 3 };
const question = { keepFractions: [0.5, 0, 1], keeps: 'highest', baseline: 'zero' } as const;

/** Parts around a model of two classes, of which the second sums the sample. */
function parts(predict: (inputs: Tensor) => Promise<Tensor> = summed) {
  const runs = { find: () => Promise.resolve({ id: 'a' }), evaluations: () => Promise.resolve([{ ordinal: 0, plan: {} }]) };
  const engines = { use: (_: unknown, work: (lease: unknown) => unknown) => work({ engine: { batchSize: 2, predict } }) };
  return {
    store: { runs } as unknown as Pick<Store, 'runs'>,
    engines: engines as unknown as Pick<EngineSlots, 'use'>,
    sample: () => Promise.resolve({ input: { shape: [2, 1], data: Float32Array.of(0.25, 0.5) }, label: 0 }),
    maps: () => Promise.resolve({ maps: { shape: [1, 2], data: Float32Array.of(1, 0) }, degenerate: [false] }),
  };
}

function summed({ shape: [rows = 0], data }: Tensor): Promise<Tensor> {
  const outputs = Array.from({ length: rows }, (_, row) => (data[2 * row] ?? 0) + (data[2 * row + 1] ?? 0));
  return Promise.resolve({ shape: [rows, 2], data: Float32Array.from(outputs.flatMap((sum) => [1 - sum, sum])) });
}

const codeOf = (asked: Promise<unknown>): Promise<unknown> => asked.then(String, (error: unknown) => toXaigridError(error).code);

afterEach(() => {
  vi.restoreAllMocks();
});

it('answers for the class of the whole sample, in batches, with the highest classes', async () => {
  expect(await createAskModel(parts())('a', place, question)).toEqual({
    ...{ class: 1, whole: 0.75 },
    masked: [
      {
        ...{ keepFraction: 0.5, output: 0.25 },
        highest: [
          { class: 0, output: 0.75 },
          { class: 1, output: 0.25 },
        ],
      },
      {
        ...{ keepFraction: 0, output: 0 },
        highest: [
          { class: 0, output: 1 },
          { class: 1, output: 0 },
        ],
      },
      {
        ...{ keepFraction: 1, output: 0.75 },
        highest: [
          { class: 1, output: 0.75 },
          { class: 0, output: 0.25 },
        ],
      },
    ],
  });
});

it('says so where no engine is at hand, and names an evaluation that is not there first', async () => {
  const ask = createAskModel({ ...parts(), engines: undefined });
  expect(await codeOf(ask('a', place, question))).toBe('ENGINE_ABSENT');
  expect(await codeOf(ask('a', { ...place, ordinal: 7 }, question))).toBe('MAP_NOT_FOUND');
});

it('lets few questions wait, and answers again once they are over', async () => {
  const open: (() => void)[] = [];
  const slow = (inputs: Tensor) => new Promise<void>((resolve) => open.push(resolve)).then(() => summed(inputs));
  const ask = createAskModel(parts(slow));
  const one = { ...question, keepFractions: [1] };
  const four = Array.from({ length: 4 }, () => ask('a', place, one));
  await vi.waitFor(() => expect(open).toHaveLength(4));
  expect(await codeOf(ask('a', place, one))).toBe('ENGINE_BUSY');
  for (const end of open) end();
  await Promise.all(four);
  const again = ask('a', place, one);
  await vi.waitFor(() => expect(open).toHaveLength(5));
  open.at(-1)?.();
  expect((await again).whole).toBe(0.75);
});

it('waits 20 s for an answer at most', async () => {
  const given = vi.spyOn(AbortSignal, 'timeout');
  const late = new AbortController();
  given.mockReturnValue(late.signal);
  const asked = codeOf(createAskModel(parts(() => new Promise(() => undefined)))('a', place, question));
  await vi.waitFor(() => expect(given).toHaveBeenCalledWith(20_000));
  late.abort();
  expect(await asked).toBe('ENGINE_BUSY');
});

it('refuses outputs that are no numbers', async () => {
  const broken = ({ shape: [rows = 0] }: Tensor) =>
    Promise.resolve({ shape: [rows, 2], data: new Float32Array(2 * rows).fill(NaN) });
  expect(await codeOf(createAskModel(parts(broken))('a', place, question))).toBe('NOT_FINITE');
});
