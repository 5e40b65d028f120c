import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../src/completion.js';
import { createProgram } from '../src/program.js';
import { createTerminal } from '../src/terminal.js';

const program = createProgram(createTerminal());

/** What bash offers for the words typed, the last one to be completed. */
function offered(...words: string[]): string[] {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _xaigrid; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

describe('the bash completion', () => {
  it('offers commands by their beginning', () => {
    expect(offered('xaigrid', 're')).toEqual(['resume', 'remove', 'report']);
  });

  it("offers a command's own options", () => {
    expect(offered('xaigrid', 'run', '--dr')).toEqual(['--dry-run']);
    expect(offered('xaigrid', 'scores', 'latest', '--m')).toEqual(['--model', '--method', '--metric', '--min', '--max']);
    expect(offered('xaigrid', 'scores', 'latest', '--drop')).toEqual(['']);
  });
});

describe('the other shells', () => {
  it('get every command', () => {
    for (const shell of ['zsh', 'fish'] as const) {
      const script = completionScript(program, shell);
      for (const command of program.commands) expect(script).toContain(command.name());
    }
  });
});
