import {
  parseSpec,
  submittedChoices,
  XaigridError,
  type LocalFile,
  type RunSubmission,
  type Spec,
  type SpecRegistries,
} from '@xaigrid/contracts';
import type { PlannedRun } from '@xaigrid/planning';
import { withoutPaths } from './error-answers.js';
import type { SpecFolder } from './spec-folder.js';
import { isStoredPath, placeStoredFiles, type StoredFilesOptions } from './stored-files.js';
import { withoutFilePaths } from './submitted-plan.js';

export interface ReceivedSpec {
  readonly submission: RunSubmission;
  readonly planned: PlannedRun;
  /** The files of the run on this machine. */
  readonly files: readonly LocalFile[];
}

export interface ReceiveOptions {
  /** The folder whose files a spec may name. */
  readonly folder?: SpecFolder;
  /** The stored files that a spec may name. */
  readonly stored: StoredFilesOptions;
  readonly signal: AbortSignal;
}

/**
 * Checks the text of a spec that a client sent, and reads nothing that it names.
 * @throws SPEC_UNREADABLE, SPEC_INVALID
 */
export async function checkSpec(text: string): Promise<void> {
  const { registries } = await import('@xaigrid/planning');
  parseWithoutVariables(text, registries);
}

/**
 * Plans a spec that a client sent. It reads stored files, and files in `folder`, but no other, and no environment variable of this
 * process: both could reveal secrets to the client.
 * @param use what to do with the plan: its files are there until then
 * @throws SPEC_UNREADABLE, SPEC_INVALID, and the errors of the files that it names.
 */
export async function receiveSpec<Result>(
  spec: string | Readonly<Record<string, unknown>>,
  { folder, stored, signal }: ReceiveOptions,
  use: (received: ReceivedSpec) => Promise<Result>,
): Promise<Result> {
  const text = typeof spec === 'string' ? spec : JSON.stringify(spec, undefined, 2);
  // Loaded with the first spec, because most orchestrators only get plans.
  const { planRun, registries, specPaths } = await import('@xaigrid/planning');
  const parsed = parseWithoutVariables(text, registries);
  const paths = specPaths(parsed);
  const others = paths.filter((path) => !isStoredPath(path));
  if (folder === undefined && others.length > 0) {
    throw new XaigridError(
      'SPEC_INVALID',
      'This orchestrator reads no files that specs name, because XAIGRID_SPEC_ROOT is not set. Name stored files, use xaigrid run --server, which sends the files, or set it there.',
    );
  }
  await folder?.assertInside(others);
  const placed = await placeStoredFiles(paths.filter(isStoredPath), stored);
  try {
    const baseFolder = folder?.path ?? placed.folder;
    const planned = await planRun(withPlaces(parsed, placed.places), { baseFolder, signal });
    await folder?.assertFilesInside(planned.files.filter(({ path }) => path?.startsWith(placed.folder) !== true));
    return await use({
      submission: {
        name: parsed.name,
        priority: parsed.priority,
        specText: text,
        evaluations: planned.evaluations.map(({ plan, shardSize, work }) => ({ plan: withoutFilePaths(plan), shardSize, work })),
        ...submittedChoices(planned.choices),
        ...(planned.untilDecided === undefined ? {} : { untilDecided: planned.untilDecided }),
      },
      ...{ planned, files: planned.files },
    });
  } catch (error) {
    if (!(error instanceof XaigridError)) throw error;
    const folders = [placed.folder, ...(folder === undefined ? [] : [folder.path])];
    const relativeMessage = folders.reduce(
      (message, path) => message.replaceAll(`${path}/`, '').replaceAll(path, 'the folder'),
      error.message,
    );
    throw new XaigridError(error.code, withoutPaths(relativeMessage), { cause: error });
  } finally {
    await placed.remove();
  }
}

/** The spec with the places of stored files on this machine. */
function withPlaces(spec: Spec, places: ReadonlyMap<string, string>): Spec {
  const placed = (value: unknown): unknown => {
    if (typeof value === 'string') return places.get(value) ?? value;
    if (Array.isArray(value)) return value.map(placed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, placed(own)]));
  };
  const mapped = <Entry>(entries: Readonly<Record<string, Entry>>, change: (entry: Entry) => Entry): Record<string, Entry> =>
    Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, change(entry)]));
  return {
    ...spec,
    models: mapped(spec.models, (model) => ({ ...model, path: places.get(model.path) ?? model.path })),
    datasets: mapped(spec.datasets, (dataset) => ({ ...dataset, params: placed(dataset.params) })),
  };
}

function parseWithoutVariables(text: string, registries: SpecRegistries): Spec {
  const asked = new Set<string>();
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_target, name) {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  try {
    return parseSpec({ text, source: 'The spec', registries, environment });
  } catch (error) {
    if (!(error instanceof XaigridError) || asked.size === 0) throw error;
    throw new XaigridError(
      error.code,
      `${error.message} An orchestrator does not fill in variables (here ${[...asked].join(', ')}) from its own environment. Fill them in before sending, or use xaigrid run --server.`,
      { cause: error },
    );
  }
}
