import type { SpecRegistries } from '@xaigrid/contracts';
import { absentKinds, datasetKinds } from '@xaigrid/datasets';
import { explainers } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';

/** All data sets, explainers and metrics that a spec can name. */
export const registries: SpecRegistries = { datasets: datasetKinds, absentKinds, explainers, metrics };
