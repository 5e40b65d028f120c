import type { SpecRegistries } from '@xaigrid/contracts';
import { datasetKinds } from '@xaigrid/datasets';
import { explainers } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';

/** Everything a spec can name. */
export const registries: SpecRegistries = { datasets: datasetKinds, explainers, metrics };
