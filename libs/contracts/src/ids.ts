import { customAlphabet } from 'nanoid';

/**
 * 10 letters and digits, none of which look alike: 49 bits. Among a million runs, the chance of two equal ids is one in a
 * thousand; the store then refuses the second.
 */
const draw = customAlphabet('23456789abcdefghjkmnpqrstuvwxyz', 10);

/** A random id for a new run. */
export function newRunId(): string {
  return draw();
}
