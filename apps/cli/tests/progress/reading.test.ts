import { expect, it } from 'vitest';
import { createReadingProgress } from '../../src/progress/reading.js';

it.each([
  ['auto', 'tissues: 600 of 1000 images are read.'],
  ['json', '{"reading":{"dataset":"tissues","done":600,"total":1000}}'],
] as const)('reading is told every five seconds, and not at all where it is quick: %s', (style, line) => {
  let time = 100;
  const said: string[] = [];
  const told = createReadingProgress({ note: (text) => said.push(text) }, style, () => time);
  for (let done = 1; done <= 1000; done++) {
    time = 100 + done / 120;
    told('tissues', done, 1000);
  }
  expect(said).toEqual([line]);
});
