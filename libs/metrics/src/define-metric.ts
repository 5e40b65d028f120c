import { noPasses, type ModelDescription, type Passes } from '@xaigrid/engine';
import type { Metric, ScoreRequest, Scores, Setting } from './metric.js';
import { samplesWithin } from './samples-per-call.js';
import { parseSetting, type SettingRules } from './setting-rules.js';

type Said = Omit<Metric, 'params' | 'settings' | 'samplesPerCall' | 'passes' | 'drawsAgain' | 'divisor' | 'score'>;

interface Own<Params, One extends Setting> extends Said {
  readonly rules: SettingRules<Params, One>;
  readonly divisor?: (params: Params) => ReturnType<NonNullable<Metric['divisor']>>;
  /** How many values a call holds for each value of an input, beside the rows that it masks: inputs, maps, ...; of some models more. */
  readonly tensors: number | ((model: ModelDescription) => number);
  /** Whether each setting makes a perturbed row of each sample at once. Left out: no; rows are cut into calls of their own, or there are none. */
  readonly rowsPerSetting?: boolean;
  /** How often it runs the model to score one sample. Left out: never. */
  readonly passes?: (settings: readonly One[], model: ModelDescription) => Passes;
  /** How many maps it has drawn again to score one sample. Left out: none. */
  readonly drawsAgain?: (settings: readonly One[]) => number;
  /** @param settings those of the request, in their order */
  readonly score: (request: ScoreRequest, settings: readonly One[]) => Promise<Scores> | Scores;
}

/**
 * A metric, completed by what all metrics have alike: settings are read by its rules before it sees them; it runs no model and draws no map
 * again unless it says so; what it throws rejects.
 */
export function defineMetric<Params, One extends Setting>(own: Own<Params, One>): Metric<Params> {
  const { rules, divisor, tensors, rowsPerSetting = false, passes, drawsAgain, score, ...said } = own;
  const parsed = (settings: readonly unknown[]): One[] => settings.map((setting) => parseSetting(said.metric, rules, setting));
  return {
    ...said,
    params: rules.params,
    settings: rules.settings,
    ...(divisor === undefined ? {} : { divisor }),
    samplesPerCall: (engine, settings) =>
      samplesWithin(engine, {
        tensors: typeof tensors === 'number' ? tensors : tensors(engine.model),
        rows: rowsPerSetting ? settings : 1,
      }),
    passes: (settings, model) => passes?.(parsed(settings), model) ?? noPasses,
    ...(drawsAgain === undefined ? {} : { drawsAgain: (settings) => drawsAgain(parsed(settings)) }),
    score: async (request) => score(request, parsed(request.settings)),
  };
}
