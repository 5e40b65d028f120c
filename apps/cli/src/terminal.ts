import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import { showInPager } from './pager.js';

/** Where a command writes: data to stdout, everything else to stderr. */
export interface Terminal {
  /** Writes data, unchanged. */
  data(text: string): void;
  /** Writes data that may be longer than the screen. At a terminal, the pager then shows it. */
  page(text: string, options: { readonly pager: boolean }): Promise<void>;
  /** Writes a line for people. */
  note(line: string): void;
  /** Asks the person at the terminal. Undefined if there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Colours for stderr. */
  readonly colors: ReturnType<typeof createColors>;
  /** Whether stderr is a terminal, so that a bar can be redrawn. */
  readonly interactive: boolean;
  /** How tables are shown on stdout: on a terminal fitted to its width, with the best values in colour; in a file unchanged. */
  readonly tables: { readonly width?: number; readonly emphasise?: (text: string) => string };
  /** Characters a line of a picture may hold. */
  readonly width: number;
}

/** Without colour for NO_COLOR and if the output is not a terminal; without bar and pager for `TERM=dumb`. */
export function createTerminal(): Terminal {
  const capable = process.env.TERM !== 'dumb' && process.env.CI === undefined;
  const mayColour = (process.env.NO_COLOR ?? '') === '';
  const { stdin, stdout, stderr } = process;
  const data = (text: string): void => void stdout.write(text);
  const emphasise = (text: string): string => createColors(true).bold(createColors(true).green(text));
  return {
    data,
    async page(text, { pager }) {
      const isLong = lineCount(text, stdout.columns) >= stdout.rows;
      const hasReader = pager && capable && stdin.isTTY && stdout.isTTY;
      if (!(hasReader && isLong && (await showInPager(text)))) data(text);
    },
    note: (line) => void stderr.write(`${line}\n`),
    ask: stdin.isTTY && stderr.isTTY ? askPerson : undefined,
    colors: createColors(stderr.isTTY && mayColour),
    interactive: stderr.isTTY && capable,
    tables: {
      ...(stdout.isTTY ? { width: stdout.columns } : {}),
      ...(stdout.isTTY && mayColour ? { emphasise } : {}),
    },
    width: stdout.columns || 100,
  };
}

function lineCount(text: string, columns: number): number {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0) - 1;
}

async function askPerson(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => {
      // Ctrl-C and Ctrl-D count as no answer.
      dialogue.once('close', () => resolve(''));
      dialogue.question(question).then(resolve, () => resolve(''));
    });
  } finally {
    dialogue.close();
  }
}
