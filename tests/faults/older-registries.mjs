// What a worker of an older release has: methods and metrics of the version before. Imported before a worker that starts from its modules;
// the bundle that commands start from has its own copies of them.
import { explainer } from '../../libs/explainers/dist/index.js';
import { metric } from '../../libs/metrics/dist/index.js';

for (const method of ['sise', 'shap-deep', 'shap-gradient']) explainer(method).version -= 1;
metric('drop-increase').version -= 1;
