import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { positionsOf } from './model-layers.js';

/** What a method need not say: of most methods it is the same. */
type Usual = 'defaultExplainedClass' | 'usesBackground' | 'mapShape' | 'validate' | 'files';

type Own<Params> = Omit<Explainer<Params>, Usual | 'prepare'> & Partial<Pick<Explainer<Params>, Usual>>;

/** A method that keeps nothing from one call to the next. */
interface Stateless<Params> {
  readonly explain: (options: PrepareOptions<Params>, request: ExplainRequest) => Promise<Explanation> | Explanation;
}

/**
 * A method, completed by what most methods have alike: it explains the predicted class, without a background, by maps of one value a
 * position; takes any parameters that its schema takes, and no files. In place of `prepare` a method that keeps nothing between calls
 * says how it explains.
 */
export function defineExplainer<Params>(
  own: Own<Params> & (Pick<Explainer<Params>, 'prepare'> | Stateless<Params>),
): Explainer<Params> {
  return {
    defaultExplainedClass: 'predicted',
    usesBackground: false,
    mapShape: (_params, model) => Promise.resolve(positionsOf(model)),
    validate: () => undefined,
    files: () => Promise.resolve([]),
    ...own,
    prepare: 'prepare' in own ? own.prepare : prepareStateless(own.explain),
  };
}

function prepareStateless<Params>(explain: Stateless<Params>['explain']): Explainer<Params>['prepare'] {
  return (options) =>
    Promise.resolve({
      // Async, so that what is wrong rejects.
      explain: async (request) => Promise.resolve(explain(options, request)),
      close: () => Promise.resolve(),
    });
}
