import {
  canonicalJson,
  grouped,
  listed,
  mapSetKey,
  plainText,
  rangeAt,
  rangeOfDifference,
  select,
  didYouMean,
  XaigridError,
  type AskedPair,
  type PlannedEvaluation,
  type Selectable,
  type Spec,
  type SpecUntilDecided,
  type UntilDecided,
} from '@xaigrid/contracts';
import { controlMethods } from '@xaigrid/explainers';
import { metric } from '@xaigrid/metrics';

/** @throws SPEC_INVALID for a limit of samples where the verdicts say how many it takes */
export function refuseLimit({ limit, untilDecided }: Pick<Spec, 'limit' | 'untilDecided'>): void {
  if (limit === undefined || untilDecided === undefined) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `limit: ${limit.samples} and untilDecided do not go together: the one says how many samples are taken, with the other the verdicts do. Leave out limit; untilDecided.most says how many samples are taken at most.`,
  );
}

/** One setting of one evaluation. */
interface Entry extends Selectable {
  readonly plan: PlannedEvaluation;
  readonly planned: PlannedEvaluation['settings'][number];
}

/**
 * Finds the pairs that a spec asks for: of each data set and model all pairs of methods that are no controls, by the headline
 * measure of the first metric at its first setting, unless the spec says otherwise.
 * @throws SPEC_INVALID for what no evaluation has, a measure of which neither high nor low values are better, and fewer than two
 * methods
 */
export function planUntilDecided(asked: SpecUntilDecided, plans: readonly PlannedEvaluation[]): UntilDecided {
  const { alpha, within, most, seed } = asked;
  const entries = plans.flatMap((plan, evaluation) =>
    plan.settings.map((planned): Entry => {
      const { metric: name, scoredClass, setting } = planned;
      const { dataset, model, explainer, label } = plan;
      return {
        ...{ plan, planned, evaluation, dataset: dataset.name, model: model.name, method: explainer.method, label },
        ...{ metric: name, scoredClass: String(scoredClass), setting },
      };
    }),
  );
  const subjects = [...grouped(entries, ({ dataset, model }) => canonicalJson([dataset, model])).values()];
  const pairs = subjects.flatMap((subject) => pairsOf(asked, subject));
  return {
    ...{ alpha, seed, pairs },
    ...(within === undefined ? {} : { within }),
    ...(most === undefined ? {} : { most }),
  };
}

function pairsOf(asked: SpecUntilDecided, subject: readonly [Entry, ...Entry[]]): AskedPair[] {
  const [{ dataset, model, metric: first = '' }] = subject;
  const where = `data set "${dataset}" (model "${model}")`;
  const { metric: name = first, setting, methods, against } = asked;
  const scored = among(subject, { metric: [name] }, { key: 'metric', where });
  const measure = measureOf(name, asked.measure);
  const [{ planned: one } = { planned: undefined }] = scored;
  const fitting =
    setting === undefined
      ? scored.filter(({ planned }) => canonicalJson(planned) === canonicalJson(one))
      : among(scored, { setting }, { key: 'setting', where });
  const others = new Set(
    methods === undefined
      ? fitting.filter(({ method }) => !controlMethods.has(method))
      : among(fitting, { method: [...methods] }, { key: 'methods', where }),
  );
  const seconds = against === undefined ? others : new Set(among(fitting, { method: [against] }, { key: 'against', where }));
  const pairs = [...grouped(fitting, ({ planned }) => canonicalJson(planned)).values()].flatMap((group) =>
    group.flatMap((a, at) =>
      group.slice(at + 1).flatMap((b): AskedPair[] => {
        const isAsked = (others.has(a) && seconds.has(b)) || (others.has(b) && seconds.has(a));
        // Evaluations with the same maps: there is nothing to tell apart.
        if (!isAsked || mapSetKey(a.plan) === mapSetKey(b.plan)) return [];
        const { scoredClass } = a.planned;
        return [{ first: a.evaluation, second: b.evaluation, metric: name, measure, scoredClass, setting: a.planned.setting }];
      }),
    ),
  );
  for (const pair of pairs) refuseWidth(asked.within, pair);
  if (pairs.length > 0) return pairs;
  const found = [...new Set([...others].map(({ label }) => label))];
  const lack =
    found.length === 0
      ? 'has none that is no control'
      : found.length === 1
        ? `has only ${listed(found)}`
        : `has ${listed(found)}, whose maps are the same`;
  throw new XaigridError(
    'SPEC_INVALID',
    `untilDecided needs two methods to tell apart; ${where} ${lack}. Add a method, name controls in untilDecided.methods, or leave out untilDecided.`,
  );
}

/** What is meant by a part of `untilDecided`. @throws SPEC_INVALID if it is nothing */
function among(
  entries: readonly Entry[],
  selection: Parameters<typeof select>[1],
  { key, where }: { readonly key: keyof SpecUntilDecided; readonly where: string },
): Entry[] {
  try {
    return select(entries, selection, where);
  } catch (error) {
    if (!(error instanceof XaigridError)) throw error;
    throw new XaigridError('SPEC_INVALID', `untilDecided.${key}: ${error.message}`, { cause: error });
  }
}

/** @throws SPEC_INVALID for a measure that the metric lacks, or that cannot say which of two methods is better */
function measureOf(name: string, asked: string | undefined): string {
  const { measures, headline } = metric(name);
  const wanted = asked ?? headline;
  const able = measures.flatMap((measure) =>
    measure.direction !== undefined && ['mean', 'share'].includes(measure.aggregate) ? [measure.name] : [],
  );
  if (able.includes(wanted)) return wanted;
  const isKnown = measures.some((measure) => measure.name === wanted);
  throw new XaigridError(
    'SPEC_INVALID',
    `untilDecided.measure: ${isKnown ? `"${wanted}" of ${name} cannot tell which of two methods is better, as neither high nor low means of it are.` : `${name} has no measure "${wanted}".${didYouMean(wanted, able)}`} Measures that can: ${able.join(', ')}.`,
  );
}

/** @throws SPEC_INVALID for a width within which any two methods are the same */
function refuseWidth(within: number | undefined, { metric: name, measure, setting }: AskedPair): void {
  const description = metric(name).measures.find((one) => one.name === measure);
  const { high: width = Infinity } = description === undefined ? {} : rangeOfDifference(rangeAt(description, setting));
  if (within === undefined || within < width) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `untilDecided.within: ${within} is as much as any two scores of ${measure} (${name}) can differ by, so all methods would be the same. Take less than ${width}.`,
  );
}

/** What the user should know: which pairs there are, and how many samples they may take. */
export function untilDecidedNotes({ pairs, alpha, within, most }: UntilDecided, plans: readonly PlannedEvaluation[]): string[] {
  const groups = grouped(pairs, ({ first, metric: name, measure, scoredClass, setting }) => {
    const { dataset, model } = plans[first] ?? {};
    return canonicalJson([dataset?.name ?? '', model?.name ?? '', name, measure, scoredClass, setting]);
  });
  const asked = [...groups.values()].map((group) => {
    const [{ first, metric: name, measure, setting }] = group;
    const { dataset, model, samples = 0 } = plans[first] ?? {};
    const size = dataset?.size ?? 0;
    const count = `${group.length} ${group.length === 1 ? 'pair' : 'pairs'} of methods`;
    const at = plainText(setting);
    const largest = Math.min(size, most ?? size);
    const range = samples < largest ? `${samples} to ${largest}` : `${largest}`;
    return `Until decided: ${count} by ${measure} of ${name}${at === '' ? '' : ` (${at})`}, on ${range} of ${size} samples of "${dataset?.name ?? ''}" (${model?.name ?? ''}).`;
  });
  const growths = plans.map(({ dataset: { size }, samples }) => Math.min(size, most ?? size) / samples);
  const times = Number(Math.max(1, ...growths).toPrecision(2));
  const more =
    times === 1 ? '' : ` Counts and costs before the run are those of its first samples; they may become ${times} times as much.`;
  const same = within === undefined ? '' : ` Methods that differ by less than ${within} are the same.`;
  return [...asked, `All verdicts together are wrong with a probability of at most ${alpha}.${same}${more}`];
}
