import type { ScoreRequest, Scores } from './metric.js';

/**
 * The measures of each sample at each setting, from a function of one sample and one setting. It must return the same measures
 * each time.
 */
export function scoreEach<One>(
  { inputs }: Pick<ScoreRequest, 'inputs'>,
  settings: readonly One[],
  of: (sample: number, setting: One) => Readonly<Record<string, number>>,
): Scores {
  const samples = inputs.shape[0] ?? 0;
  const measures: Record<string, Float64Array<ArrayBuffer>> = {};
  for (const [s, setting] of settings.entries()) {
    for (let sample = 0; sample < samples; sample++) {
      for (const [name, value] of Object.entries(of(sample, setting))) {
        measures[name] ??= new Float64Array(settings.length * samples);
        measures[name][s * samples + sample] = value;
      }
    }
  }
  return { measures };
}

/** The same for settings that are scored for all samples at once: `of` gives the measures of each sample. */
export async function scoreSettings<One>(
  request: Pick<ScoreRequest, 'inputs'>,
  settings: readonly One[],
  of: (setting: One) => Promise<readonly Readonly<Record<string, number>>[]>,
): Promise<Scores> {
  const found: (readonly Readonly<Record<string, number>>[])[] = [];
  for (const setting of settings) found.push(await of(setting));
  return scoreEach(request, [...found.keys()], (sample, s) => found[s]?.[sample] ?? {});
}
