import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { datasetKind, datasetKinds } from '@xaigrid/datasets';

describe('datasetKind', () => {
  it('finds every kind by its name', () => {
    expect(datasetKinds.map(({ kind }) => kind)).toEqual([
      ...['csv', 'image-folder', 'image-list', 'mnist1d', 'npy', 'npz', 'pickle', 'safetensors', 'texture-patches', 'mosaic'],
    ]);
    for (const kind of datasetKinds) expect(datasetKind(kind.kind)).toBe(kind);
  });

  it('suggests the kind that was meant', () => {
    expect(() => datasetKind('mnist-1d')).toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message:
          'There is no kind of data set "mnist-1d". Did you mean "mnist1d"? Kinds: csv, image-folder, image-list, mnist1d, npy, npz, pickle, safetensors, texture-patches, mosaic.',
      }),
    );
  });

  it.each(datasetKinds.map((kind) => [kind.kind, kind] as const))(
    'has parameters a JSON Schema can describe: %s',
    (_, { params }) => {
      expect(z.toJSONSchema(params, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
    },
  );
});
