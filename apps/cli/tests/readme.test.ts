import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { starterSpec } from '../src/starter-spec.js';

it("shows in the README's first run what init writes, without its comments", async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, shown] = /```yaml\n(name: my-first-run\n[^]*?)```/.exec(readme) ?? [];
  const written = starterSpec({ modelPath: 'models/mnist1d-cnn/model.json', schemaPath: './xaigrid.schema.json' });
  expect(shown).toBe(written.replace(/^ *#.*\n|^\n/gm, ''));
});
