/**
 * Benchmarks: `npm run bench`. Each line compares what xaigrid does with the same maths in plain engine calls, measured in
 * one run on one machine; ratios travel, seconds do not. What is compared takes turns, and the best time counts: that is
 * robust against other load, though not immune. `npm run bench -- images` runs one part: signals, images, runs.
 *
 * REPORT_INPUTS is not needed: without it a VGG-7 with random weights stands for the report's, which has the same shape.
 */
const parts = ['signals', 'images', 'runs'];
const asked = process.argv.slice(2);
for (const part of asked.length === 0 ? parts : parts.filter((name) => asked.includes(name))) await import(`./${part}.mjs`);
