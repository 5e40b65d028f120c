import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { readFileToShare, referenceOf, sha256, XaigridError, type ErrorCode } from '@xaigrid/contracts';
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

/**
 * Planned here, opened by a process that has no more than the plan and what travels.
 * @param options.store an empty folder
 * @param options.sees whether that process has the files where they were planned, too
 */
export async function openFromStore(
  spec: Readonly<Record<string, unknown>> & { readonly kind: string },
  { baseFolder = '/', store, sees = true }: { readonly baseFolder?: string; readonly store: string; readonly sees?: boolean },
): Promise<Dataset> {
  const { kind: name, ...entry } = spec;
  const kind = datasetKind(name);
  const params = kind.params.parse(entry);
  const files = await kind.files(params, baseFolder);
  mkdirSync(store);
  for (const file of files) {
    const pieces: Uint8Array[] = [];
    for await (const piece of readFileToShare({ ...file, path: file.path ?? file.name })) pieces.push(piece);
    const content = Buffer.concat(pieces);
    expect([content.length, sha256(content)]).toEqual([file.size, file.sha256]);
    writeFileSync(join(store, file.sha256), content);
  }
  const planned = JSON.stringify({ params: kind.plannedParams(params), files: files.map(referenceOf) });
  const received = JSON.parse(planned) as { params: unknown; files: typeof files };
  return kind.open({
    params: kind.params.parse(received.params),
    files: sees ? received.files : received.files.map(({ name: own, sha256: hash, size }) => ({ name: own, sha256: hash, size })),
    filePath: (file) => Promise.resolve(join(store, file.sha256)),
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
