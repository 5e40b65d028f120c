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

describe('a spec that takes samples until methods are decided', () => {
  const written = (more: object) =>
    JSON.stringify({
      ...{ name: 's', datasets: { d: { kind: 'mnist1d' } }, models: { m: { path: 'model.json' } }, ...more },
      evaluations: [{ dataset: 'd', model: 'm', explainers: ['sise', 'gradient'], metrics: ['drop-increase'] }],
    });
  const readWith = async (more: object, changes: object) => {
    const path = join(folder, 'until.json');
    await writeFile(path, written(more));
    return (await readChangedSpec(path, { set: [], ...changes })).spec;
  };

  it('by the option: the limit of the spec is the most that are taken', async () => {
    const spec = await readWith({ limit: 200, seed: 3 }, { untilDecided: true, within: 0.1 });
    expect([spec.limit, spec.untilDecided]).toEqual([undefined, { alpha: 0.05, seed: 3, most: 200, within: 0.1 }]);
    expect((await readWith({}, { untilDecided: true })).untilDecided).toEqual({ alpha: 0.05, seed: 0 });
  });

  it('by the spec: the option for a width changes it', async () => {
    const spec = await readWith({ untilDecided: { most: 90, within: 0.2 } }, { within: 0.1 });
    expect(spec.untilDecided).toMatchObject({ most: 90, within: 0.1 });
  });

  it('refuses a limit beside it, and a width alone', async () => {
    await expect(readWith({}, { untilDecided: true, limit: 20 })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('--set untilDecided.most=20') as string,
    });
    await expect(readWith({}, { within: 0.1 })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
