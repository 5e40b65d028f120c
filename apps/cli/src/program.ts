import { XAIGRID_VERSION } from '@xaigrid/contracts';
import { Command, Help } from 'commander';
import { addResultCommands } from './program/result-commands.js';
import { addRunCommands } from './program/run-commands.js';
import { addSpecCommands } from './program/spec-commands.js';
import { addStoreCommands } from './program/store-commands.js';
import type { Terminal } from './terminal.js';

/** The `xaigrid` command. Each subcommand loads what it needs when it is called, so that --help and completion are quick. */
export function createProgram(terminal: Terminal): Command {
  // Before any command is added: each inherits it.
  const program = new Command('xaigrid')
    .exitOverride()
    .description('Measures how faithful the explanations of a neural network are, over whole test sets.')
    .version(XAIGRID_VERSION)
    .configureHelp({
      // An option that may be repeated has an empty list as its default, which help need not show.
      optionDescription: (option) => new Help().optionDescription(option).replace(' (default: [])', ''),
    })
    .showHelpAfterError('(xaigrid --help lists commands and options)')
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong usage or spec, 3 done with failed samples,\n130 interrupted.\nData goes to stdout, everything else to stderr.\nEnvironment variables: xaigrid environment.',
    );
  addSpecCommands(program, terminal);
  addRunCommands(program, terminal);
  addResultCommands(program, terminal);
  addStoreCommands(program, terminal);
  return program;
}
