import type { Spec } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import type { Model } from '@xaigrid/graph';
import { channelsLastShape } from '@xaigrid/tensor';
import { referenceDataset, type KnownModel, type PlannedDataset, type ReadingOptions } from './references.js';

/** The data sets of a spec as its models need them. `layout: auto` is decided for each pair of data set and model. */
export interface FittedDatasets {
  /** The data set as that model takes it, if its options leave that open; otherwise as it is. */
  forModel(name: string, model: KnownModel): PlannedDataset;
  /** The decisions, one sentence each. */
  readonly notes: readonly string[];
}

/** Opens every used data set. It is opened again with its channels first if a model needs that and the spec leaves it open. */
export async function fitDatasets(
  spec: Spec,
  options: ReadingOptions & {
    /** Which data sets are used with which models. */
    readonly meetings: readonly { readonly dataset: string; readonly model: KnownModel }[];
  },
): Promise<FittedDatasets> {
  const { meetings, ...reading } = options;
  const asSaid = new Map<string, PlannedDataset>();
  const channelsFirst = new Map<string, PlannedDataset>();
  const notes = new Set<string>();
  for (const { dataset: name, model } of meetings) {
    const entry = spec.datasets[name];
    if (entry === undefined) continue;
    const opened = asSaid.get(name) ?? (await referenceDataset(name, entry, reading));
    if (!asSaid.has(name)) opened.notes.forEach((note) => notes.add(note));
    asSaid.set(name, opened);
    const params = datasetKind(entry.kind).channelsFirst?.(entry.params);
    if (params === undefined) continue;
    const { sampleShape } = opened.reference;
    const { inputShape } = model.description;
    if (same(sampleShape, inputShape)) {
      if (sampleShape.length > 1 && (sampleShape[0] ?? 1) > 1 && same(channelsLastShape(sampleShape), sampleShape))
        notes.add(
          `Data set "${name}": samples of ${shown(sampleShape)} may have their channels first or last; channels last is assumed. Set layout: channels-last or layout: channels-first.`,
        );
      continue;
    }
    if (!same(channelsLastShape(sampleShape), inputShape)) continue;
    if (!channelsFirst.has(name)) channelsFirst.set(name, await referenceDataset(name, { ...entry, params }, reading));
    notes.add(
      `Data set "${name}": samples of ${shown(sampleShape)} are read as channels first, because model "${model.reference.name}" takes ${shown(inputShape)}, channels last. Set layout: channels-first to confirm this.`,
    );
  }
  return {
    notes: [...notes],
    forModel(name, { description }) {
      const first = channelsFirst.get(name);
      const found = first !== undefined && same(first.reference.sampleShape, description.inputShape) ? first : asSaid.get(name);
      if (found === undefined) throw new TypeError(`Data set "${name}" passed the spec's checks but was not opened.`);
      return found;
    },
  };
}

/** A note on where a model's file has its channels, if the file does not say so clearly or has them last. */
export function layoutNote(name: string, { input }: Pick<Model, 'input'>): string | undefined {
  const { layout } = input;
  if (layout === undefined || (layout.certain && layout.layout === 'channels-first')) return undefined;
  const has = layout.certain ? 'has' : 'is taken to have';
  const wayOut = layout.certain || layout.said === true ? '' : ' Set its layout if this is wrong.';
  const where = layout.layout === 'channels-first' ? 'first' : 'last';
  return `Model "${name}" ${has} the channels of its input ${where}: ${layout.because}. Samples are ${shown(input.shape)}, channels last.${wayOut}`;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.join('×') === b.join('×');
}

const shown = (shape: readonly number[]): string => shape.join('×');
