import { wrapped } from '@xaigrid/report';

/** Words get at least this many columns. If there are fewer, the line continues below its beginning. */
const NARROWEST = 24;

/**
 * Wraps the lines of a text that are wider than the terminal. A line continues below its last column (`name what it says`), or
 * indented a little further than its beginning. Shorter lines, and all lines of files, stay as they are.
 */
export function fitLines(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => (line.length <= width ? [line] : fitLine(line, width)))
    .join('\n');
}

function fitLine(line: string, width: number): string[] {
  const column = /^ *\S+ {2,}/.exec(line)?.[0].length;
  const begin = line.length - line.trimStart().length;
  const indent = column !== undefined && width - column >= NARROWEST ? column : begin + 2;
  const head = column === indent ? line.slice(0, column) : ' '.repeat(begin);
  const room = width - indent;
  const [first = '', ...others] = wrapped(line.slice(head.length), room);
  return [head + first, ...others.map((words) => ' '.repeat(indent) + words)];
}
