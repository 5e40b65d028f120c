// A test preloads this into a worker that starts from its modules. The worker then acts as one of an older release: its methods
// and metrics have the previous versions. It has no effect on the bundle that commands start from, which has its own copies.
import { explainer } from '../../libs/explainers/dist/index.js';
import { metric } from '../../libs/metrics/dist/index.js';

for (const method of ['sise', 'shap-deep', 'shap-gradient']) explainer(method).version -= 1;
metric('drop-increase').version -= 1;
