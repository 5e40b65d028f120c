export * from './activity.js';
export * from './against.js';
export * from './api.js';
export * from './any-number.js';
export * from './api-answers.js';
export * from './catalog-answer.js';
export { canonicalJson } from './canonical-json.js';
export { choiceKey } from './choice-key.js';
export * from './comparisons.js';
export * from './descriptions.js';
export * from './errors.js';
export * from './file-parts.js';
export * from './hash.js';
export * from './ids.js';
export { normalInterval, standardDeviationOf, wilsonInterval, withinRange } from './intervals.js';
export * from './keys.js';
export { grouped, type Group } from './grouped.js';
export { measuredValue, sameSetting, settingToCompare, withoutOtherDivisors } from './setting-to-compare.js';
export { reluRules, type ReluRule } from './relu-rules.js';
export { softmaxRules, type SoftmaxRule } from './softmax-rules.js';
export * from './method-rankings.js';
export * from './model-quality.js';
export { targets, type Target } from './target.js';
export { makeFolder } from './make-folder.js';
export { latexTable, markdownTable, type MarkupTable } from './markup-tables.js';
export * from './masked-outputs.js';
export * from './messages.js';
export {
  alternativesAt,
  answerJsonSchema,
  isJsonSchema,
  propertiesOf,
  requestJsonSchema,
  type JsonSchema,
} from './operations/json-schema.js';
export { pathOf, type MediaAnswer, type Operation, type PartOf } from './operations/operation.js';
export { assertNotEmpty, selectionIn, withoutAbsent } from './operations/request-parts.js';
export { operations, tableMediaTypes } from './operations/table.js';
export { tableFormats, type TableFormat } from './table-formats.js';
export * from './plan.js';
export * from './planned-spec.js';
export { createRunWatch, type RunReading, type RunWatch } from './progress/run-watch.js';
export { percentDone, workOf } from './progress/work-done.js';
export * from './references.js';
export * from './results.js';
export { differenceOf, isSameValue, placesByValue, ROUNDING, scaleOf } from './rounding.js';
export * from './sample-choice.js';
export * from './sample-histogram.js';
export * from './sample-list.js';
export * from './sample-pairs.js';
export * from './selection/index.js';
export * from './suggest.js';
export * from './until-decided.js';
export { XAIGRID_VERSION } from './version.js';
export { DEFAULT_ALPHA } from './spec/schema.js';
export { specJsonSchema } from './spec/json-schema.js';
export { LARGEST_SPEC } from './spec/document.js';
export * from './spec/parse-spec.js';
export * from './spec/spec.js';
