import { didYouMean, XaigridError } from '@xaigrid/contracts';

/** One of some words that an option takes. @throws USAGE */
export function oneOf<Choice extends string>(text: string, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new XaigridError('USAGE', `${option} ${text}: expected one of ${choices.join(', ')}.${didYouMean(text, choices)}`);
}
