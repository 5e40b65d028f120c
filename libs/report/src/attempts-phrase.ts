import { isErrorCode, retryOf } from '@xaigrid/contracts';

/** How often a failed shard was tried. If another attempt would fail in the same way, the text says so. */
export function attemptsPhrase({ attempts, code }: { readonly attempts: number; readonly code: string }): string {
  const tried = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return isErrorCode(code) && retryOf(code) === 'never' ? `${tried}, another would fail in the same way` : tried;
}
