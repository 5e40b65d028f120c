import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChangedSpec } from '../src/read-spec.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-read-spec-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function refusalOf(name: string, content: string | Uint8Array, size?: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  if (size !== undefined) await truncate(path, size);
  const error: unknown = await readChangedSpec(path, { set: [] }).catch((reason: unknown) => reason);
  if (!(error instanceof XaigridError)) throw new Error(`${name} was accepted.`);
  expect(error.exitStatus).toBe(2);
  return error.message.replaceAll(`${folder}/`, '');
}

describe('a file that is no spec', () => {
  it.each(['m.onnx', 'm.keras', 'm.h5'])('a model (%s) is told where it belongs', async (name) => {
    expect(await refusalOf(name, Uint8Array.of(8, 8, 18, 7))).toBe(
      `${name} is a model by its name, not a spec. Name it in a spec, as models: { m: { path: ${name} } }. "xaigrid inspect ${name}" shows what is in it.`,
    );
  });

  it.each([
    ['zeros', new Uint8Array(1000)],
    ['bytes that are not UTF-8', Uint8Array.of(0x6e, 0xe4, 0x0a)],
  ])('%s', async (_what, bytes) => {
    expect(await refusalOf('spec.yaml', bytes)).toBe(
      'spec.yaml is not UTF-8 text, so it is no spec. A spec is a YAML or JSON file.',
    );
  });

  it('UTF-16 text is told to be saved as UTF-8', async () => {
    const text = Buffer.from('\ufeffname: x\n', 'utf16le');
    expect(await refusalOf('spec.yaml', text)).toBe('spec.yaml is UTF-16 text. Save the spec as UTF-8.');
  });

  it('a file of 6 GiB is refused without being read', async () => {
    expect(await refusalOf('spec.yaml', '', 6 * 2 ** 30)).toContain('spec.yaml is not UTF-8 text');
    expect(await refusalOf('spec.yaml', '# note\n'.repeat(200_000))).toContain('spec.yaml is larger than 1 MiB.');
  });
});
