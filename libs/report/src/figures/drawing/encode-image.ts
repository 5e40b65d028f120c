import { encode } from 'fast-png';

/** The only module of this library that imports fast-png. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]` */
  readonly data: Uint8Array;
}

/** The image as the bytes of a PNG file. */
export function pngBytes({ width, height, data }: RgbImage): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** The image as a `data:` address with a PNG inside, for `<image>` and `<img>`. */
export function imageAddress(image: RgbImage): string {
  return `data:image/png;base64,${Buffer.from(pngBytes(image)).toString('base64')}`;
}
