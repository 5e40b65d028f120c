import {
  parseSpec,
  submittedChoices,
  XaigridError,
  type LocalFile,
  type RunSubmission,
  type Spec,
  type SpecRegistries,
} from '@xaigrid/contracts';
import { withoutPaths } from './error-answers.js';
import type { SpecFolder } from './spec-folder.js';
import { withoutFilePaths } from './submitted-plan.js';

export interface ReceivedSpec {
  readonly submission: RunSubmission;
  /** The files of the run on this machine. */
  readonly files: readonly LocalFile[];
}

/**
 * Plans a spec that a client sent. It reads no file outside `folder` (no file at all without a folder), and no environment
 * variable of this process: both could reveal secrets to the client.
 * @throws SPEC_UNREADABLE, SPEC_INVALID, and the errors of the files that it names.
 */
export async function receiveSpec(
  spec: string | Readonly<Record<string, unknown>>,
  options: { readonly folder?: SpecFolder; readonly signal: AbortSignal },
): Promise<ReceivedSpec> {
  const text = typeof spec === 'string' ? spec : JSON.stringify(spec, undefined, 2);
  // Loaded with the first spec, because most orchestrators only get plans.
  const { planRun, registries, specPaths } = await import('@xaigrid/planning');
  const parsed = parseWithoutVariables(text, registries);
  const { folder, signal } = options;
  if (folder === undefined) {
    throw new XaigridError(
      'SPEC_INVALID',
      'This orchestrator reads no files that specs name, because XAIGRID_SPEC_ROOT is not set. Use xaigrid run --server, which sends the files, or set it there.',
    );
  }
  await folder.assertInside(specPaths(parsed));
  try {
    const planned = await planRun(parsed, { baseFolder: folder.path, signal });
    await folder.assertFilesInside(planned.files);
    return {
      submission: {
        name: parsed.name,
        priority: parsed.priority,
        specText: text,
        evaluations: planned.evaluations.map(({ plan, shardSize, work }) => ({ plan: withoutFilePaths(plan), shardSize, work })),
        ...submittedChoices(planned.choices),
        ...(planned.untilDecided === undefined ? {} : { untilDecided: planned.untilDecided }),
      },
      files: planned.files,
    };
  } catch (error) {
    if (!(error instanceof XaigridError)) throw error;
    const relativeMessage = error.message.replaceAll(`${folder.path}/`, '').replaceAll(folder.path, 'the folder');
    throw new XaigridError(error.code, withoutPaths(relativeMessage), { cause: error });
  }
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
