import { float32Of, parseNpy } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

const masked = '/v1/runs/aa/evaluations/0/samples/3/masked';

describe('a question to a model', () => {
  it('is answered for every share, with what the question leaves out', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject({ method: 'POST', url: masked, payload: { keepFractions: [0.5, 1] } });
    expect(answer.statusCode).toBe(200);
    const highest = [{ class: 3, output: 0.5 }];
    expect(answer.json()).toEqual({
      ...{ class: 1, whole: 0.75 },
      masked: [
        { keepFraction: 0.5, output: 0.25, highest },
        { keepFraction: 1, output: 0.5, highest },
      ],
    });
  });

  it.each([
    [{}, 'keepFractions'],
    [{ keepFractions: [] }, 'keepFractions'],
    [{ keepFractions: [1.5] }, 'keepFractions'],
    [{ keepFractions: Array.from({ length: 42 }, () => 0.5) }, 'keepFractions'],
    [{ keepFractions: [0.5], baseline: 'noise' }, 'baseline'],
    [{ keepFractions: [0.5], keeps: 'both' }, 'keeps'],
    [{ keepFractions: [0.5], input: [1] }, 'input'],
  ])('is refused as %j', async (payload, part) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject({ method: 'POST', url: masked, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { message: containing(part) } });
  });

  it('is refused with a code of its own where no engine is at hand', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const url = masked.replace('evaluations/0', 'evaluations/1');
    const answer = await app.inject({ method: 'POST', url, payload: { keepFractions: [1] } });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ error: { code: 'ENGINE_ABSENT' } });
  });

  it('may be asked 300 times a minute, and that takes nothing from other requests', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const ask = () => app.inject({ method: 'POST', url: masked, payload: { keepFractions: [1] } });
    for (let asked = 0; asked < 300; asked += 1) expect((await ask()).statusCode).toBe(200);
    const refused = await ask();
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    expect((await app.inject('/v1/runs/aa')).statusCode).toBe(200);
  });
});

describe('the region of a sample', () => {
  it('is one number a position', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject('/v1/runs/aa/evaluations/0/samples/3/region');
    expect(float32Of(parseNpy(answer.rawPayload, { name: 'region' }))).toEqual({ shape: [2], data: Float32Array.of(0, 1) });
  });

  it('is not there for a data set without regions', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject('/v1/runs/aa/evaluations/1/samples/3/region');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ error: { code: 'REGION_NOT_FOUND' } });
  });
});
