import { unzipSync } from 'fflate';

export interface UnzipOptions {
  /** Which files are wanted; names are compared, never used as paths. */
  readonly names: readonly string[];
  /** More entries than this make an archive that would only keep us busy. */
  readonly mostEntries: number;
  /** Makes the error to throw. */
  readonly failure: (reason: string, cause?: unknown) => Error;
}

/** Deflate packs no tighter than 1032 to 1: what claims more is a bomb. */
const TIGHTEST = 1032;

/**
 * The wanted files of a zip archive that are there, unpacked in memory.
 * @throws the caller's `failure` when the archive is damaged, or a file unpacks to another size than it says
 */
export function unzip(bytes: Uint8Array, { names, mostEntries, failure }: UnzipOptions): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let entries = 0;
  // What the filter refuses must come out as it is, whatever the library makes of an error in it.
  let refusal: Error | undefined;
  const refuse = (reason: string): never => {
    refusal = failure(reason);
    throw refusal;
  };
  try {
    const files = unzipSync(bytes, {
      filter({ name, originalSize, size }) {
        if (++entries > mostEntries) refuse(`it has more than ${mostEntries} entries`);
        if (!names.includes(name)) return false;
        if (sizes.has(name)) refuse(`it has "${name}" twice`);
        if (originalSize > (size + 1) * TIGHTEST) refuse(`it claims ${originalSize} bytes for "${name}"`);
        sizes.set(name, originalSize);
        return true;
      },
    });
    // fflate unpacks into a buffer of the claimed size and drops what exceeds it.
    for (const [name, size] of sizes) if (files[name]?.length !== size) refuse(`"${name}" unpacks to another size than it says`);
    return new Map(Object.entries(files));
  } catch (error) {
    throw refusal ?? failure('it is truncated or damaged', error);
  }
}
