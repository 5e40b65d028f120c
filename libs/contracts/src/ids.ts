import { customAlphabet } from 'nanoid';

/** 10 letters and digits without look-alikes: 49 bits, so that a million runs collide with odds of one in a thousand, and the store refuses that one. */
const draw = customAlphabet('23456789abcdefghjkmnpqrstuvwxyz', 10);

export function newRunId(): string {
  return draw();
}
