import { noPasses, type ModelDescription, type Passes } from '@xaigrid/engine';
import type { Metric, ScoreRequest, Scores, Setting } from './metric.js';
import { samplesWithin } from './samples-per-call.js';
import { parseSetting, type SettingRules } from './setting-rules.js';

type Said = Omit<Metric, 'params' | 'settings' | 'samplesPerCall' | 'passes' | 'drawsAgain' | 'divisor' | 'score'>;

interface Own<Params, One extends Setting> extends Said {
  readonly rules: SettingRules<Params, One>;
  readonly divisor?: (params: Params) => ReturnType<NonNullable<Metric['divisor']>>;
  /** How many values a call holds per value of an input, apart from masked rows: inputs, maps, …; it may depend on the model. */
  readonly tensors: number | ((model: ModelDescription) => number);
  /**
   * Whether each setting makes a perturbed row of each sample at once. Absent: no; rows are cut into their own calls, or there
   * are none.
   */
  readonly rowsPerSetting?: boolean;
  /** How often it runs the model to score one sample. Absent: never. */
  readonly passes?: (settings: readonly One[], model: ModelDescription) => Passes;
  /** How many maps it draws again to score one sample. Absent: none. */
  readonly drawsAgain?: (settings: readonly One[]) => number;
  /** @param settings of the request, in order */
  readonly score: (request: ScoreRequest, settings: readonly One[]) => Promise<Scores> | Scores;
}

/**
 * Makes a metric from its own parts. It adds what all metrics share: settings are parsed by the metric's rules, `passes` and
 * `drawsAgain` have the default "none", and an error thrown by `score` becomes a rejected promise.
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
