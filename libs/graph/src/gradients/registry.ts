import { activationGradients } from './activation.js';
import { arithmeticGradients } from './arithmetic.js';
import { averagePoolingGradients } from './average-pooling.js';
import { convolutionGradients } from './convolution.js';
import type { GradientRule } from './gradient-rule.js';
import { indexingGradients } from './indexing.js';
import { layoutGradients } from './layout.js';
import { matrixGradients } from './matrix.js';
import { maxPoolingGradients } from './max-pooling.js';
import { normalizationGradients } from './normalization.js';
import { recurrentGradients } from './recurrent.js';
import { reductionGradients } from './reduction.js';
import { resizeGradients } from './resize.js';
import { softmaxGradients } from './softmax.js';

/** The gradient rule of each operator. A new operator is one entry in its family's file. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({
    ...convolutionGradients,
    ...matrixGradients,
    ...arithmeticGradients,
    ...activationGradients,
    ...softmaxGradients,
    ...maxPoolingGradients,
    ...averagePoolingGradients,
    ...reductionGradients,
    ...normalizationGradients,
    ...layoutGradients,
    ...indexingGradients,
    ...resizeGradients,
    ...recurrentGradients,
  }),
);
