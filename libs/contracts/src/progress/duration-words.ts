const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Durations below `upTo` seconds are rounded to multiples of `step` seconds. */
const steps = [
  { upTo: 55, step: 10 },
  { upTo: 20 * MINUTE, step: MINUTE },
  { upTo: HOUR, step: 5 * MINUTE },
  { upTo: 10 * HOUR, step: 10 * MINUTE },
  { upTo: 2 * DAY, step: HOUR },
  { upTo: Infinity, step: DAY },
];

/** Less than this is "a few seconds". */
const FEW_SECONDS = 10;

/**
 * The text changes when the duration differs from the shown one by this many steps: more than half, so that the text does not
 * flicker.
 */
const HOLD = 0.75;

/** Puts durations into words, one after the other. The words stay the same as long as they are about right. */
export function createDurationWords(): (seconds: number) => string {
  let told: number | undefined;
  return (seconds) => {
    if (!Number.isFinite(seconds)) return '';
    const held = told !== undefined && Math.abs(seconds - told) <= HOLD * Math.min(stepOf(seconds), stepOf(told));
    if (told === undefined || !held) told = rounded(seconds);
    return inWords(told);
  };
}

function stepOf(seconds: number): number {
  return steps.find(({ upTo }) => seconds < upTo)?.step ?? DAY;
}

function rounded(seconds: number): number {
  if (seconds < FEW_SECONDS) return FEW_SECONDS / 2;
  const step = stepOf(seconds);
  return Math.max(step, Math.round(seconds / step) * step);
}

/** `a few seconds left`, `about 40 s left`, `about 3 min left`, `about 2 h 10 min left`, `about 4 days left` */
function inWords(seconds: number): string {
  if (seconds < FEW_SECONDS) return 'a few seconds left';
  if (seconds < MINUTE) return `about ${seconds} s left`;
  if (seconds < HOUR) return `about ${seconds / MINUTE} min left`;
  if (seconds >= 2 * DAY) return `about ${Math.round(seconds / DAY)} days left`;
  const minutes = (seconds % HOUR) / MINUTE;
  return `about ${Math.floor(seconds / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`} left`;
}
