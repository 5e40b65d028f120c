import { regionProblem } from './region-files.js';

/** An image that regions may belong to. */
export interface RegionImage {
  /** `class/file` */
  readonly name: string;
  readonly height: number;
  readonly width: number;
}

/** Finds images by the names that other files give them. */
export interface ImageIndex {
  /**
   * The index of the image that is meant: its name with or without the folder of the class and the extension. Undefined if there
   * is none.
   * @param place of the name, in messages
   * @throws DATASET_UNREADABLE if several images have that name
   */
  find(name: string, place: string): number | undefined;
}

/** Files as `class/file`, `class/stem`, `file` and `stem`. */
export function createImageIndex(images: readonly RegionImage[]): ImageIndex {
  const known = new Map<string, number[]>();
  const folders = new Set<string>();
  const add = (key: string, index: number): void => {
    const found = known.get(key);
    if (found === undefined) known.set(key, [index]);
    else if (found.at(-1) !== index) found.push(index);
  };
  for (const [index, { name }] of images.entries()) {
    folders.add(folderOf(name));
    for (const key of [name, stemOf(name), fileOf(name), stemOf(fileOf(name))]) add(key, index);
  }
  return {
    find(name, place) {
      const within = name.split('/').slice(-2).join('/');
      // A file in the folder of a class belongs to an image of that class, and to no other of the same name.
      const keys = folders.has(folderOf(within)) ? [within, stemOf(within)] : [within, fileOf(within), stemOf(fileOf(within))];
      const found = keys.map((key) => known.get(key)).find((indices) => indices !== undefined);
      if (found === undefined) return undefined;
      const [one, other] = found.map((index) => images[index]?.name ?? '');
      if (other === undefined) return found[0];
      throw regionProblem(
        `${place} could be of the images ${one ?? ''} and ${other}. Name it with the folder of the class: ${stemOf(one ?? '')}`,
      );
    },
  };
}

function folderOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '';
}

function fileOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** A name without its extension. */
export function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1 ? name.slice(0, dot) : name;
}
