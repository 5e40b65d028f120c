import { expect, it } from 'vitest';
import { engineVersions } from '../src/index.js';

it('tells what each engine is on this machine', async () => {
  const versions = await engineVersions();
  expect(versions.map(({ name }) => name)).toEqual(['onnxruntime', 'tensorflow']);
  for (const engine of versions) {
    expect(engine).toMatchObject({ available: true, version: expect.stringMatching(/ \d+\.\d+\.\d+$/) as unknown });
    expect(engine.defaultThreads).toBeGreaterThanOrEqual(1);
  }
});
