// Preloaded into a worker by a test: makes it one of an older release, whose methods and metrics have the version before.
import { explainer } from '../../libs/explainers/dist/index.js';
import { metric } from '../../libs/metrics/dist/index.js';

for (const method of ['sise', 'shap-deep', 'shap-gradient']) explainer(method).version -= 1;
metric('drop-increase').version -= 1;
