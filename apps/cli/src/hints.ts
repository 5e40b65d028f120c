import { quoted } from '@xaigrid/contracts';
import type { ControlOptions } from './control-options.js';

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
  return [...calledAs(process.env), ...[...words, ...place].map(quoted)].join(' ');
}

/**
 * How the program was called, and can be called again: by `npx xaigrid`, where a shell need not find `xaigrid`, or by its name. npm says in the
 * environment what it started; a program that it started and that starts this one has another script. The repository's demo is called without
 * a name, in a folder where npx finds it.
 */
export function calledAs(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '', npm_package_name: name } = environment;
  const byNpx = event === 'npx' && /^['"]?xaigrid['"]?(?:\s|$)/.test(script);
  const byDemo = event === 'demo' && name === 'xaigrid-workspace';
  return byNpx || byDemo ? ['npx', 'xaigrid'] : ['xaigrid'];
}
