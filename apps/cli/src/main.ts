import { toXaigridError } from '@xaigrid/contracts';
import { CommanderError } from 'commander';
import { outliveTerminals } from './give-back.js';
import { createProgram } from './program.js';
import { createTerminal } from './terminal.js';

outliveTerminals();
const terminal = createTerminal();
const program = createProgram(terminal);
for (const command of [program, ...program.commands]) command.exitOverride();

// If the reader goes away early (`xaigrid scores … | head`), that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!isClosedTerminal(error)) process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (!isClosedTerminal(error)) process.exit(1);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the error. Help and version are not errors.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    const { wayOut } = await import('./unknown-command.js');
    const sentence = error.code === 'commander.unknownCommand' ? await wayOut(process.argv[2] ?? '') : undefined;
    if (sentence !== undefined) terminal.note(sentence);
  } else {
    const { code, message, exitStatus, stack } = toXaigridError(error);
    terminal.note(`${terminal.colors.red('xaigrid:')} ${code}: ${message}`);
    if (code === 'INTERNAL')
      terminal.note(
        process.env.XAIGRID_DEBUG === undefined ? 'This is a defect of xaigrid; XAIGRID_DEBUG=1 shows where.' : (stack ?? ''),
      );
    process.exitCode = exitStatus;
  }
}

/**
 * A closed terminal also sends SIGHUP, which ends the command in order. If the failed write ended it, a Postgres would be left
 * running.
 */
function isClosedTerminal({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EIO';
}
