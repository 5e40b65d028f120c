import { unzipSync } from 'fflate';

/** The options of `unzip`. */
export interface UnzipOptions {
  /** The files to unpack. Names are compared, never used as paths. */
  readonly names: readonly string[];
  /** An archive with more entries is refused: it would only take up time. */
  readonly mostEntries: number;
  /** Makes the error to throw. */
  readonly failure: (reason: string, cause?: unknown) => Error;
}

/** Deflate packs at most 1032 to 1. A file that claims more is a zip bomb. */
const TIGHTEST = 1032;

/**
 * Unpacks the wanted files of a zip archive in memory. Files that the archive lacks are left out.
 * @throws the caller's `failure` when the archive is damaged, or a file unpacks to another size than it says
 */
export function unzip(bytes: Uint8Array, { names, mostEntries, failure }: UnzipOptions): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let entries = 0;
  // A refusal in the filter is kept here. So it is thrown unchanged, whatever the library does with an error of the filter.
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
    // fflate unpacks into a buffer of the claimed size and drops the rest.
    for (const [name, size] of sizes) if (files[name]?.length !== size) refuse(`"${name}" unpacks to another size than it says`);
    return new Map(Object.entries(files));
  } catch (error) {
    throw refusal ?? failure('it is truncated or damaged', error);
  }
}
