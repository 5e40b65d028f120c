import { XaigridError } from '@xaigrid/contracts';

/** A published set of images: one zip file with a folder that has one folder per class. */
export interface PublishedDataset {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  /** The MD5 of the zip file, from its publisher. */
  readonly md5: string;
  /** The folder in the zip file that contains the class folders. */
  readonly folder: string;
  readonly licence: string;
  readonly citation: string;
}

/** The data sets that `xaigrid` can download. */
export const publishedDatasets: readonly PublishedDataset[] = [
  {
    name: 'hmt',
    title: 'Histology of human colorectal cancer: 5000 images of 150×150, 8 tissues (246 MiB)',
    url: 'https://zenodo.org/records/53169/files/Kather_texture_2016_image_tiles_5000.zip',
    md5: '0ddbebfc56344752028fda72602aaade',
    folder: 'Kather_texture_2016_image_tiles_5000',
    licence: 'CC BY 4.0',
    citation:
      'Kather JN, Weis CA, Bianconi F, et al. Multi-class texture analysis in colorectal cancer histology. Scientific Reports 6, 27988 (2016); data: doi:10.5281/zenodo.53169',
  },
];

/**
 * The published data set of that name.
 * @throws USAGE if there is none.
 */
export function publishedDataset(name: string): PublishedDataset {
  const found = publishedDatasets.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = publishedDatasets.map((candidate) => candidate.name).join(', ');
  throw new XaigridError('USAGE', `There is no published data set "${name}" that can be fetched. There are: ${names}.`);
}
