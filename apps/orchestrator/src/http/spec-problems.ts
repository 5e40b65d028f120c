import type { SpecProblem, XaigridError } from '@xaigrid/contracts';

/** The mistakes that an error about a spec lists, each with the line that it names. */
export function specProblems({ code, message }: XaigridError): SpecProblem[] {
  const lines = message.split('\n').map((line) => line.trim());
  const listed = /^\d+ mistakes:$/.test(lines[0] ?? '') ? lines.slice(1) : [message];
  return listed.map((text) => {
    const line = /\(line (\d+)\)|\bat line (\d+)/.exec(text);
    return { code, message: text, ...(line === null ? {} : { line: Number(line[1] ?? line[2]) }) };
  });
}
