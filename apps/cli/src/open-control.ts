import { XaigridError } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { Embedded } from './embedded.js';
import { keepingOf } from './store-location.js';
import type { ControlOptions } from './control-options.js';

export interface OpenControl {
  readonly control: RunControl;
  /** Present when runs are kept and computed by this process, not by a server. */
  readonly embedded?: Embedded;
  close(): Promise<void>;
}

/**
 * Talks to the server given by --server, or opens the store of this machine. Loaded on demand: `--help` needs neither.
 * @param options.makeStore whether a store is made where none is; otherwise it throws STORE_NOT_FOUND
 */
export async function openControl(
  options: ControlOptions & { readonly threads?: number; readonly makeStore?: boolean },
): Promise<OpenControl> {
  if (options.server !== undefined) {
    const { createHttpControl } = await import('@xaigrid/control');
    const token = options.token ?? process.env.XAIGRID_TOKEN;
    return {
      control: createHttpControl({ url: options.server, ...(token === undefined ? {} : { token }) }),
      close: () => Promise.resolve(),
    };
  }
  if (options.token !== undefined) throw new XaigridError('USAGE', '--token needs --server: give both, or neither.');
  const { openEmbedded } = await import('./embedded.js');
  const embedded = await openEmbedded({
    keeping: await keepingOf(options),
    makeStore: options.makeStore === true,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  return { control: embedded.control, embedded, close: () => embedded.close() };
}

/** Opens, works, and closes in any case. Makes no store. */
export async function withControl<Result>(
  options: ControlOptions,
  work: (control: RunControl) => Promise<Result>,
): Promise<Result> {
  const open = await openControl(options);
  try {
    return await work(open.control);
  } finally {
    await open.close();
  }
}
