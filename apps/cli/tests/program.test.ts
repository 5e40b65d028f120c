import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../src/program.js';
import { createTerminal } from '../src/terminal.js';
import { wayOut } from '../src/unknown-command.js';

const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)];

it('the help of no command shows an empty list as a default', () => {
  const helps = below(createProgram(createTerminal())).map((command) => command.helpInformation());
  expect(helps.length).toBeGreaterThan(20);
  expect(helps.filter((help) => help.includes('[]'))).toEqual([]);
  expect(helps.join('')).toContain('(default: 20)');
});

it.each(['methods', 'Explainers', 'metric'])('who asks for %s, which is no command, is told what there is', async (command) => {
  expect(await wayOut(command)).toMatch(/Methods: sise, .*stored\.\nMetrics: drop-increase, .*docs\/methods\.md/s);
});

it('who mistypes another command is not', async () => {
  expect(await wayOut('lsit')).toBeUndefined();
});
