// Preloaded into a worker by a test: the process dies of a signal whenever it is about to say what XAIGRID_TEST_DIES_ON holds, as
// one does whose engine meets an instruction the processor lacks or is killed for its memory.
import fs from 'node:fs';

const words = process.env.XAIGRID_TEST_DIES_ON;
const write = fs.writeSync;
fs.writeSync = (...args) => {
  if (String(args[1]).includes(words)) {
    process.kill(process.pid, process.env.XAIGRID_TEST_SIGNAL);
    // The signal arrives before this returns.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return write(...args);
};
