const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three figures and a prefix: `2.41 GFLOP`, `312 MB`. @param unit may be empty: `2.41 G` */
export function scaled(count: number, unit: string): string {
  const rounded = Number(count.toPrecision(3));
  const power = rounded < 1 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(rounded) / 3));
  const figures = Number((rounded / 1000 ** power).toPrecision(3)).toString();
  return `${figures} ${prefixes[power] ?? ''}${unit}`.trimEnd();
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As exact as an estimate: `0.4 s`, `42 s`, `3 min 20 s`, `2 h 10 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 0.1) return '< 0.1 s';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return two(Math.floor(whole / MINUTE), 'min', whole % MINUTE, 's');
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / HOUR);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
