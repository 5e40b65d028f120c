import { connectionVariables, describeVariables, type VariableName } from '@xaigrid/service';
import type { Terminal } from '../terminal.js';

/** What the command reads from its environment; those of NATS, and the retries, for `doctor` only. A test looks for others. */
export const commandVariables = [
  'XAIGRID_SERVER',
  'XAIGRID_TOKEN',
  'XAIGRID_STORE',
  ...connectionVariables,
  'XAIGRID_LOG_LEVEL',
  'XAIGRID_LOG_PRETTY',
  'XAIGRID_DEBUG',
  'NO_COLOR',
  'CI',
  'TERM',
] as const satisfies readonly VariableName[];

/** `xaigrid environment`: the variables with what they say and their defaults. */
export function environment(terminal: Terminal): void {
  terminal.data(
    `${describeVariables(commandVariables)}\n\nSpecs may read any other: \${VAR} or \${VAR:-default}. Options come before variables.\n`,
  );
}
