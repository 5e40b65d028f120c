import { spawn } from 'node:child_process';

/** Options of less, unless LESS is set: colours are shown, and the text stays on the screen. */
const LESS = 'RX';
/** A shell's answer for a program that it does not find. */
const NOT_FOUND = 127;

/**
 * Shows a text in the user's pager ($PAGER or less) until the user leaves it.
 * @returns false if there is no such program, and nothing was shown
 */
export async function showInPager(text: string, environment: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const { PAGER: pager = 'less' } = environment;
  if (pager.trim() === '') return false;
  const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'ignore'], env: { LESS, ...environment } });
  // Ctrl-C is for the pager, which keeps running.
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  try {
    // The user left before the pager had read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    const status = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(NOT_FOUND));
      child.once('close', resolve);
    });
    return status !== NOT_FOUND;
  } finally {
    process.off('SIGINT', stay);
  }
}
