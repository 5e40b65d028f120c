/**
 * Benchmarks: `npm run bench`. Each line compares what xaigrid does with the same maths in plain engine calls, measured in
 * one run on one machine; ratios travel, seconds do not. What is compared takes turns, and the best time counts: that is
 * robust against other load, though not immune. `npm run bench -- images runs` runs parts:
 *
 * - signals: SISE, Deep SHAP and keep fractions on the 1-D demo model, in engine calls
 * - images: the same on a VGG-7 at 224 × 224
 * - storage: maps written to Postgres while engines compute
 * - workers: one worker process, two, and one of two threads; needs nats-server
 * - memory: worker processes on 50, 5,000 and 50,000 images; needs nats-server
 * - runs: whole runs by the command line, the demo included
 * - quantus: metrics beside those of Quantus, only when asked for; needs Python
 * - methods: methods beside those of Captum, pytorch-grad-cam, shap and zennit, only when asked for; needs Python
 *
 * REPORT_INPUTS is not needed: without it a VGG-7 with random weights stands for the report's, which has the same shape.
 */
import { watchingOthers } from './other-load.mjs';

const parts = ['signals', 'images', 'storage', 'workers', 'memory', 'runs'];
const asked = process.argv.slice(2);
const onRequest = ['quantus', 'methods'];
for (const part of asked.length === 0 ? parts : [...parts, ...onRequest].filter((name) => asked.includes(name)))
  await watchingOthers(() => import(`./${part}.mjs`));
