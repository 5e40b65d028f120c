import { readFile } from 'node:fs/promises';
import { parseSpec } from '@xaigrid/contracts';
import { registries } from '@xaigrid/planning';
import { expect, it } from 'vitest';

it('has one spec, of ten lines, that is right', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [text = '', ...others] = [...readme.matchAll(/```yaml\n([^]*?)```/g)].map(([, block]) => block);
  expect(others).toEqual([]);
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(10);
  const { evaluations } = parseSpec({ text, source: 'README.md', registries, environment: {} });
  expect(evaluations[0]?.explainers.map(({ method }) => method)).toEqual(['sise', 'integrated-gradients', 'grad-cam', 'random']);
});
