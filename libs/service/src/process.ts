import { toXaigridError } from '@xaigrid/contracts';
import { describeVariables, type VariableName } from './environment.js';
import { listenForShutdown, type Shutdown } from './shutdown.js';

/** What `runProcess` runs, and what its `--help` says. */
export interface ProcessOptions {
  readonly name: string;
  /** What the process does, as the rest of a sentence. */
  readonly summary: string;
  readonly version: string;
  /** The environment variables it reads, for `--help`. */
  readonly variables: readonly VariableName[];
  /** What SIGTERM does, for `--help`. */
  readonly onTerminate: string;
  /** The work of the process, from reading the environment to an orderly end. */
  readonly run: (shutdown: Shutdown) => Promise<void>;
}

/**
 * Runs a process with what all our processes share: `--help`, `--version`, signals, and the refusal of other arguments. An error
 * ends the process with one sentence and the exit status of the error. Sets `process.exitCode`.
 */
export async function runProcess(options: ProcessOptions, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { name, summary, version, variables, onTerminate } = options;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(
      `${name}: ${summary}\n\nIt takes no arguments; the environment configures it:\n\n${describeVariables(variables)}\n\nSIGTERM: ${onTerminate}\n`,
    );
    return;
  }
  if (args.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (args.length > 0) {
    process.stderr.write(`${name}: USAGE: it takes no arguments; see ${name} --help.\n`);
    process.exitCode = 2;
    return;
  }
  const shutdown = listenForShutdown();
  try {
    await options.run(shutdown);
  } catch (error) {
    const { code, message, exitStatus } = toXaigridError(error);
    process.stderr.write(`${name}: ${code}: ${message}\n`);
    process.exitCode = exitStatus;
  } finally {
    shutdown.dispose();
  }
}
