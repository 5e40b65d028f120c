import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { childEnvironment } from './processes.js';

export interface TerminalOptions {
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface TerminalSession {
  /**
   * Everything that was written to the terminal so far, with colours; lines end in `
   * `.
   */
  readonly screen: () => string;
  /** Waits until it shows this text. */
  says(text: string | RegExp): Promise<void>;
  /** Types keys; `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Closes the terminal's window. */
  close(): void;
  readonly finished: Promise<Shown>;
}

export interface Shown {
  readonly status: number | null;
  /** The output without colours. */
  readonly text: string;
  readonly screen: string;
}

/** From util-linux, which every Debian has. */
const scriptProgram = 'script';

/**
 * Runs a command as a user types it, in its own terminal: a pseudo-terminal of the given size, made by script(1) of util-linux.
 */
export function openTerminal(line: string, options: TerminalOptions): TerminalSession {
  const { folder, columns = 80, rows = 24, environment } = options;
  // It replaces the shell, which would die of a Ctrl-C that the program survives.
  const sized = `stty cols ${columns} rows ${rows} -echo; exec ${line}`;
  const child: ChildProcess = spawn(scriptProgram, ['-q', '-e', '-c', sized, '/dev/null'], {
    cwd: folder,
    env: { ...childEnvironment(folder), TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const screen = (): string => output.replaceAll('\r\n', '\n');
  const finished = once(child, 'close').then(() => ({
    status: child.exitCode,
    text: stripVTControlCharacters(screen()),
    screen: screen(),
  }));
  return {
    screen,
    finished,
    async says(text) {
      const matches = (): boolean => {
        const shown = stripVTControlCharacters(screen());
        return typeof text === 'string' ? shown.includes(text) : text.test(shown);
      };
      while (!matches()) {
        if (child.exitCode !== null) throw new Error(`"${line}" ended before it said ${String(text)}:\n${screen()}`);
        await delay(20);
      }
    },
    type: (keys) => void child.stdin?.write(keys),
    close: () => void child.kill('SIGKILL'),
  };
}

/** Runs a command in a terminal to its end. */
export function inTerminal(line: string, options: TerminalOptions): Promise<Shown> {
  return openTerminal(line, options).finished;
}
