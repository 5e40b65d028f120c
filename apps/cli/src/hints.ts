import { quoted } from '@xaigrid/contracts';
import type { ControlOptions } from './control-options.js';

/**
 * A command that the user may type next, quoted where a shell needs it. It names the server or store that was given for this
 * command, so that it finds the same runs. A server from the environment is not repeated, nor is a store that was not given. A
 * token is never printed.
 */
export function commandLine({ server, store }: ControlOptions, ...words: readonly string[]): string {
  const { XAIGRID_SERVER: usualServer } = process.env;
  const place =
    server === undefined
      ? store === undefined
        ? []
        : ['--store', store]
      : ['--server', server].filter(() => server !== usualServer);
  return [...calledAs(process.env), ...[...words, ...place].map(quoted)].join(' ');
}

/**
 * How the program was called and can be called again: `npx xaigrid`, for users whose shell does not find `xaigrid`, or its name.
 * npm's environment says what npm started. If npm started another program that started this one, its script differs. The
 * repository's demo runs without a name, in a folder where npx finds xaigrid.
 */
export function calledAs(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '', npm_package_name: name } = environment;
  const byNpx = event === 'npx' && /^['"]?xaigrid['"]?(?:\s|$)/.test(script);
  const byDemo = event === 'demo' && name === 'xaigrid-workspace';
  return byNpx || byDemo ? ['npx', 'xaigrid'] : ['xaigrid'];
}
