// A test preloads this into a worker. The process dies of a signal when it is about to write the text in XAIGRID_TEST_DIES_ON. So
// dies a worker whose engine uses an instruction that the processor lacks, or that is killed for its memory.
import fs from 'node:fs';

const words = process.env.XAIGRID_TEST_DIES_ON;
const write = fs.writeSync;
fs.writeSync = (...args) => {
  if (String(args[1]).includes(words)) {
    process.kill(process.pid, process.env.XAIGRID_TEST_SIGNAL);
    // The signal arrives before this call returns.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return write(...args);
};
