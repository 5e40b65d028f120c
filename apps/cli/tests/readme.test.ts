import { readFile } from 'node:fs/promises';
import { parseSpec } from '@xaigrid/contracts';
import { registries } from '@xaigrid/planning';
import { expect, it } from 'vitest';
import { starterSpec } from '../src/starter-spec.js';

it("shows in the README's first run what init writes, without its comments", async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, shown] = /```yaml\n(name: my-first-run\n[^]*?)```/.exec(readme) ?? [];
  const written = starterSpec({ modelPath: 'models/mnist1d-cnn/model.json', schemaPath: './xaigrid.schema.json' });
  expect(shown).toBe(written.replace(/^ *#.*\n|^\n/gm, ''));
});

it('begins with a spec of ten lines that is one', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(readme) ?? [];
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(10);
  const { evaluations } = parseSpec({ text, source: 'README.md', registries, environment: {} });
  expect(evaluations[0]?.explainers.map(({ method }) => method)).toEqual(['sise', 'integrated-gradients', 'grad-cam', 'random']);
});
