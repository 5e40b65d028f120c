import { encode } from 'fast-png';

/** The only module that imports fast-png. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]` */
  readonly data: Uint8Array;
}

/** The image as a `data:` address with a PNG inside, for `<image>` and `<img>`. */
export function imageAddress({ width, height, data }: RgbImage): string {
  const png = encode({ width, height, data, channels: 3, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
