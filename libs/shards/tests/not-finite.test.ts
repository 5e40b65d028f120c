import { XaigridError } from '@xaigrid/contracts';
import type { Engine, NotFinite } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { namingNotFinite } from '../src/not-finite.js';

const request = { inputs: { shape: [1, 2], data: new Float32Array(2) }, classes: Int32Array.of(0) };
/** An engine of which only this is asked. */
const engineThatFinds = (found: NotFinite | undefined) => ({ findNotFinite: () => Promise.resolve(found) }) as unknown as Engine;
const fails = (code: 'NOT_FINITE' | 'SHAPE_MISMATCH') => () => Promise.reject(new XaigridError(code, 'The map holds NaN.'));

describe('a map that is not finite', () => {
  it('is explained by the layer that makes it so', async () => {
    const engine = engineThatFinds({ node: 'pool', operator: 'Sqrt', of: 'gradient' });
    await expect(namingNotFinite(engine, request, fails('NOT_FINITE'))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: 'The map holds NaN. The first gradient that is not finite is that of layer "pool" (Sqrt).',
    });
  });

  it('is told without a layer where the sample itself is finite', async () => {
    await expect(namingNotFinite(engineThatFinds(undefined), request, fails('NOT_FINITE'))).rejects.toMatchObject({
      message: 'The map holds NaN.',
    });
  });

  it('leaves other errors as they are', async () => {
    const engine = engineThatFinds({ node: 'pool', operator: 'Sqrt', of: 'value' });
    await expect(namingNotFinite(engine, request, fails('SHAPE_MISMATCH'))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'The map holds NaN.',
    });
  });
});
