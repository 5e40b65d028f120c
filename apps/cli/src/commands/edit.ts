import { runChangesSchema, XaigridError, type RunChanges } from '@xaigrid/contracts';
import { withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

/** What users say about a run: options of `edit`, and of `run` for a new run. */
export interface DescribingOptions {
  readonly tag: readonly string[];
  readonly note?: string;
}

export interface EditOptions extends ControlOptions, DescribingOptions {
  readonly name?: string;
  readonly untag: readonly string[];
}

/** `xaigrid edit RUN`: changes name, tags and note. Results stay as they are. */
export async function edit(terminal: Terminal, reference: string, options: EditOptions): Promise<void> {
  const changes = changesOf(options);
  if (changes === undefined) throw new XaigridError('USAGE', 'Nothing to change: give --name, --tag, --untag or --note.');
  const { id, name, tags, note, absent } = await withControl(options, async (control) => {
    const before = options.untag.length === 0 ? undefined : await control.show(reference);
    return {
      ...(await control.edit(reference, changes)),
      absent: options.untag.filter((tag) => before?.tags.includes(tag) !== true),
    };
  });
  if (absent.length > 0)
    terminal.note(`Run ${id} did not have ${absent.length === 1 ? 'the tag' : 'the tags'} ${absent.join(', ')}.`);
  terminal.note(
    [`Run ${id}: ${name}`, ...(tags.length === 0 ? [] : [`tags ${tags.join(', ')}`]), ...(note === '' ? [] : [note])].join('; '),
  );
}

/**
 * The changes that the options ask for; undefined if there are none.
 * @throws USAGE
 */
export function changesOf({
  name,
  note,
  tag,
  untag = [],
}: DescribingOptions & { readonly name?: string; readonly untag?: readonly string[] }): RunChanges | undefined {
  const changes = {
    ...(name === undefined ? {} : { name }),
    ...(note === undefined ? {} : { note }),
    ...(tag.length === 0 ? {} : { addTags: tag }),
    ...(untag.length === 0 ? {} : { removeTags: untag }),
  };
  if (Object.keys(changes).length === 0) return undefined;
  const parsed = runChangesSchema.safeParse(changes);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const options: Readonly<Record<string, string>> = { addTags: '--tag', removeTags: '--untag' };
  const part = String(issue?.path[0] ?? '');
  throw new XaigridError('USAGE', `${options[part] ?? `--${part}`}: ${issue?.message ?? 'not usable'}.`);
}
