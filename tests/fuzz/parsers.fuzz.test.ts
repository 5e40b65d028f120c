import { afterAll, expect, it } from 'vitest';
import { startFuzzProcess } from './fuzz-process.js';
import { targetNames } from './targets.js';

/** The same mutants every time; `npm run fuzz` makes twenty times as many, with any seed. */
const MUTANTS = 500;

const fuzz = startFuzzProcess();
afterAll(() => fuzz.close());

it.each(targetNames)(`%s: ${MUTANTS} damaged files are read, or refused with a code of ours`, async (target) => {
  expect(await fuzz.run({ target, seed: 1, from: 0, to: MUTANTS })).toEqual([]);
});
