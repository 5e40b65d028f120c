// Preloaded into the services of a chaos run: their wall clock is off by as many milliseconds as the file XAIGRID_TEST_CLOCK says, and
// jumps when it changes. Timers and performance.now() stay, as they do when a real clock is set.
import { readFileSync } from 'node:fs';

const file = process.env.XAIGRID_TEST_CLOCK;
const RealDate = Date;
let offset = 0;

function look() {
  try {
    offset = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // It is being written.
  }
}
look();
setInterval(look, 250).unref();

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offset;
  }
};
