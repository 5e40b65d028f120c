import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { pythonProcess, run } from '../support/python.js';
import type { Family } from './families.js';

const listing = z.strictObject({
  /** Of the libraries, by name. */
  versions: z.record(z.string(), z.string()),
  architectures: z.array(z.string()),
});
export type Listing = z.infer<typeof listing>;

export async function list(python: string, { script }: Family): Promise<Listing> {
  const { stdout } = await promisify(execFile)(python, [script, 'list'], { env: pythonProcess });
  return listing.parse(JSON.parse(stdout));
}

/** Writes a model's files into `folder`. @throws what Python said last where it failed */
export async function make(
  python: string,
  { family, architecture, folder }: { readonly family: Family; readonly architecture: string; readonly folder: string },
): Promise<void> {
  // The exporters print what they think of a model.
  await run(python, [family.script, 'make', architecture, folder], { quiet: true });
}
