import { spawn } from 'node:child_process';

/** What less does unless LESS says otherwise: colours as they are, and the text stays on the screen. */
const LESS = 'RX';
/** A shell's answer for a program that it does not find. */
const NOT_FOUND = 127;

/**
 * Shows a text in the user's pager, $PAGER or less, until it is left.
 * @returns false where there is no such program, and nothing was shown
 */
export async function showInPager(text: string, environment: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const { PAGER: pager = 'less' } = environment;
  if (pager.trim() === '') return false;
  const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'ignore'], env: { LESS, ...environment } });
  // Ctrl-C is the pager's, which stays.
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  try {
    // Left before it has read all.
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
