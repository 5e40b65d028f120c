import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { XaigridError, type ErrorCode } from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';

/** Plans and opens a data set as two machines would: the one that opens it has the planned parameters only, without paths. */
export async function openDataset(
  spec: Readonly<Record<string, unknown>> & { readonly kind: string },
  baseFolder = '.',
): Promise<Dataset> {
  const { kind: name, ...entry } = spec;
  const kind = datasetKind(name);
  const params = kind.params.parse(entry);
  const files = await kind.files(params, baseFolder);
  const plannedParams = JSON.parse(JSON.stringify(kind.plannedParams(params))) as unknown;
  return kind.open({
    params: kind.params.parse(plannedParams),
    files,
    filePath: (file) => Promise.resolve(file.path ?? file.name),
  });
}

/** A folder for the files of one test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xaigrid-datasets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

export async function expectRejection(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  let thrown: unknown;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(XaigridError);
  if (!(thrown instanceof XaigridError)) return;
  expect(thrown.message).toMatch(message);
  expect(thrown.code).toBe(code);
}
