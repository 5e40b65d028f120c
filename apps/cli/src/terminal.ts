import { createColors } from 'picocolors';

/** Where a command writes: data to stdout, everything else to stderr. */
export interface Terminal {
  /** Data, as it is. */
  data(text: string): void;
  /** A line for people. */
  note(line: string): void;
  readonly colors: ReturnType<typeof createColors>;
  /** Whether a person sees stderr, so that a bar can be redrawn. */
  readonly interactive: boolean;
  /** Characters a line holds. */
  readonly width: number;
}

/** NO_COLOR and non-terminals get no colour; `TERM=dumb` gets no bar. */
export function createTerminal(): Terminal {
  const interactive = process.stderr.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined;
  const { NO_COLOR: noColor } = process.env;
  return {
    data: (text) => void process.stdout.write(text),
    note: (line) => void process.stderr.write(`${line}\n`),
    colors: createColors(process.stderr.isTTY && (noColor === undefined || noColor === '')),
    interactive,
    width: process.stdout.columns || 100,
  };
}
