/**
 * How the relevance of a linear layer's output is shared among its inputs, as zennit 0.5.1 has the rules. x are the layer's
 * inputs, w its weights, b its bias (⁺ and ⁻ are the parts above and below 0), and z its output.
 */
export type LinearRule =
  /** In proportion to x·w, with `epsilon` added to |z| (Bach et al. 2015). */
  | { readonly rule: 'epsilon'; readonly epsilon: number }
  /** As ε, with w + γw⁺ where x·w supports z, that is for x⁺ with w⁺ and x⁻ with w⁻ if z > 0 (Montavon et al. 2019; Andéol et al. 2021). */
  | { readonly rule: 'gamma'; readonly gamma: number }
  /** α times in proportion to the x·w above 0, less β times in proportion to those below 0 (Bach et al. 2015). α − β = 1. */
  | { readonly rule: 'alpha-beta'; readonly alpha: number; readonly beta: number }
  /** In proportion to the x·w above 0. */
  | { readonly rule: 'z-plus' }
  /** Evenly among the inputs that the output reads (Lapuschkin et al. 2019). */
  | { readonly rule: 'flat' }
  /** In proportion to w² (Montavon et al. 2017). */
  | { readonly rule: 'w-squared' }
  /** In proportion to x·w − low·w⁺ − high·w⁻ (Montavon et al. 2017), with the bounds of a sample: one, or one per channel. */
  | { readonly rule: 'box'; readonly low: readonly number[]; readonly high: readonly number[] };

/** The rule of each kind of linear layer. */
export interface RelevanceRules {
  readonly convolution: LinearRule;
  readonly dense: LinearRule;
  /** The rule of layers that no other linear layer lies before: of all of them, or only of convolutions. */
  readonly first?: { readonly rule: LinearRule; readonly of: 'convolution' | 'linear' } | undefined;
}

/** What zennit adds to the denominators of all rules but ε. */
export const STABILISER = 1e-6;
