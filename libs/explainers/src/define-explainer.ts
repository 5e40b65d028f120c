import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { positionsOf } from './model-layers.js';

/** The parts that have a default, because they are the same in most methods. */
type Usual = 'defaultExplainedClass' | 'usesBackground' | 'mapShape' | 'validate' | 'files';

type Own<Params> = Omit<Explainer<Params>, Usual | 'prepare'> & Partial<Pick<Explainer<Params>, Usual>>;

/** A method that keeps nothing from one call to the next. */
interface Stateless<Params> {
  readonly explain: (options: PrepareOptions<Params>, request: ExplainRequest) => Promise<Explanation> | Explanation;
}

/**
 * Makes a method from its own parts, with defaults for what most methods share: it explains the predicted class, needs no
 * background, gives maps of one value per position, accepts all parameters of its schema, and reads no files. A method that keeps
 * nothing between calls gives `explain` in place of `prepare`.
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
      // Async, so that errors become rejections.
      explain: async (request) => Promise.resolve(explain(options, request)),
      close: () => Promise.resolve(),
    });
}
