/** What is done to the values 0 … 255 of an image: (value / divide − mean) / std, a channel at a time. */
interface Normalisation {
  readonly divide: number;
  readonly mean: readonly number[] | number;
  readonly std: readonly number[] | number;
  /** Whether the channels are turned around first: blue, green, red. Mean and std are in that order. */
  readonly bgr?: true;
  readonly meaning: string;
}

/** Those that published models were trained with. */
export const normalisations = {
  imagenet: {
    ...{ divide: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    meaning: 'the mean and deviation of ImageNet, as in torchvision and timm',
  },
  clip: {
    ...{ divide: 255, mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
    meaning: 'those of CLIP',
  },
  '-1..1': { divide: 127.5, mean: 1, std: 1, meaning: 'value / 127.5 − 1, as the mode tf of Keras' },
  'caffe-bgr': {
    ...{ divide: 1, mean: [103.939, 116.779, 123.68], std: 1, bgr: true },
    meaning: 'blue, green, red, minus the mean of ImageNet, as the mode caffe of Keras',
  },
} as const satisfies Readonly<Record<string, Normalisation>>;

export type NormalisationName = keyof typeof normalisations;
export const normalisationNames = Object.keys(normalisations) as [NormalisationName, ...NormalisationName[]];

/** The numbers of a name; without one, those that are given. */
export function normalisationOf({
  divide,
  mean,
  std,
  normalise,
}: Omit<Normalisation, 'meaning' | 'bgr'> & { readonly normalise?: NormalisationName | undefined }): Omit<
  Normalisation,
  'meaning'
> {
  return normalise === undefined ? { divide, mean, std } : normalisations[normalise];
}
