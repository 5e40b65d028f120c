import { quoted } from '@xaigrid/contracts';
import type { ControlOptions } from './open-control.js';

/**
 * A command that the user may type next, in quotes where a shell needs them, with the server or the store that this one was given: it must
 * find the same runs. A server from the environment is there next time too, and so is a store that was not named; a token is nothing to print.
 */
export function commandLine({ server, store }: ControlOptions, ...words: readonly string[]): string {
  const { XAIGRID_SERVER: usualServer } = process.env;
  const place =
    server === undefined
      ? store === undefined
        ? []
        : ['--store', store]
      : ['--server', server].filter(() => server !== usualServer);
  return ['xaigrid', ...words, ...place].map(quoted).join(' ');
}
