import { toXaigridError } from '@xaigrid/contracts';
import { connectionVariables, describeVariables, type VariableName } from '@xaigrid/service';
import { fitLines } from '../fit-lines.js';
import { keepingOf } from '../store-location.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

/** What the command reads from its environment; those of NATS, and the retries, for `doctor` only. A test looks for others. */
export const commandVariables = [
  'XAIGRID_SERVER',
  'XAIGRID_TOKEN',
  'XAIGRID_STORE',
  'XDG_DATA_HOME',
  'XAIGRID_CACHE_DIR',
  'XAIGRID_THREADS',
  'XAIGRID_DEVICES',
  'XDG_CACHE_HOME',
  'SUDO_UID',
  ...connectionVariables,
  'XAIGRID_LOG_LEVEL',
  'XAIGRID_LOG_PRETTY',
  'XAIGRID_DEBUG',
  'NO_COLOR',
  'CI',
  'TERM',
] as const satisfies readonly VariableName[];

/** `xaigrid environment`: the variables with their values and defaults, and the store that follows from them. */
export async function environment(terminal: Terminal, options: ControlOptions): Promise<void> {
  const text = `${describeVariables(commandVariables)}\n\nSpecs may read any other: \${VAR} or \${VAR:-default}. Options take precedence over variables.\n\n${await keptText(options)}\n`;
  terminal.data(fitLines(text, terminal.tables.width));
}

/** Where a command called here keeps runs, or why it cannot. */
async function keptText(options: ControlOptions): Promise<string> {
  if (options.server !== undefined) return `Runs are kept by the server ${options.server}.`;
  try {
    const keeping = await keepingOf(options);
    return 'databaseUrl' in keeping
      ? 'Runs are kept in the Postgres at DATABASE_URL.'
      : `Runs are kept in ${keeping.folder} (${keeping.why}).`;
  } catch (error) {
    return `Runs cannot be kept: ${toXaigridError(error).message}`;
  }
}
