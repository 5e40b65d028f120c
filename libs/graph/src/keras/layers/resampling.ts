/**
 * TensorFlow's resampling (`tf.image.resize`, half-pixel centres) along one axis, as a matrix `[to, from]`, flat. The modes are
 * the kernels of `ScaleAndTranslate` (lanczos3, lanczos5, gaussian, mitchellcubic, and all modes with `antialias`),
 * `ResizeBicubic` with its table of 1024 offsets, and `ResizeArea`. Keras on PyTorch and JAX has other bicubic numbers.
 */
export function resamplingMatrix(
  mode: string,
  { from, to, antialias }: { from: number; to: number; antialias: boolean },
): Float32Array<ArrayBuffer> | undefined {
  if (mode === 'area') return areaMatrix(from, to);
  if (mode === 'bicubic' && !antialias) return bicubicMatrix(from, to);
  const kernel = Object.hasOwn(kernels, mode) ? kernels[mode] : undefined;
  return kernel && kernelMatrix(kernel, { from, to, antialias });
}

interface Kernel {
  readonly radius: number;
  readonly weight: (x: number) => number;
}

const lanczos = (radius: number): Kernel => ({
  radius,
  weight: (x) => {
    if (Math.abs(x) >= radius) return 0;
    return Math.abs(x) <= 1e-3 ? 1 : (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2;
  },
});

/** Keys's cubic convolution with a = −½. */
const keys = (x: number): number => {
  const d = Math.abs(x);
  if (d >= 2) return 0;
  return d >= 1 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : (1.5 * d - 2.5) * d * d + 1;
};

/** Mitchell and Netravali's with B = C = ⅓. */
const mitchell = (x: number): number => {
  const d = Math.abs(x);
  if (d >= 2) return 0;
  return d >= 1 ? (((-7 / 18) * d + 2) * d - 10 / 3) * d + 16 / 9 : ((7 / 6) * d - 2) * d * d + 8 / 9;
};

const kernels: Readonly<Record<string, Kernel>> = {
  bilinear: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { radius: 2, weight: keys },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
  gaussian: { radius: 1.5, weight: (x) => (Math.abs(x) >= 1.5 ? 0 : Math.exp(-(x * x) / (2 * 0.5 ** 2))) },
  mitchellcubic: { radius: 2, weight: mitchell },
};

export const resamplingModes: readonly string[] = ['bicubic', 'lanczos3', 'lanczos5', 'gaussian', 'mitchellcubic', 'area'];

/** The rows as one matrix, each scaled to sum to 1. */
function normalized(rows: readonly (readonly number[])[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    rows.flatMap((row) => {
      const sum = row.reduce((total, weight) => total + weight, 0);
      return row.map((weight) => (sum === 0 ? 0 : weight / sum));
    }),
  );
}

const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

function kernelMatrix({ radius, weight }: Kernel, { from, to, antialias }: { from: number; to: number; antialias: boolean }) {
  const scale = from / to;
  const wide = antialias ? Math.max(scale, 1) : 1;
  return normalized(
    indices(to).map((i) => {
      const centre = (i + 0.5) * scale;
      const [first, last] = [Math.ceil(centre - radius * wide - 0.5), Math.floor(centre + radius * wide - 0.5)];
      return indices(from).map((j) => (j < first || j > last ? 0 : weight((j + 0.5 - centre) / wide)));
    }),
  );
}

function bicubicMatrix(from: number, to: number) {
  return normalized(
    indices(to).map((i) => {
      const centre = ((i + 0.5) * from) / to - 0.5;
      const low = Math.floor(centre);
      const offset = Math.round((centre - low) * 1024) / 1024;
      return indices(from).map((j) => keys(j - low - offset));
    }),
  );
}

/** The share of each output position that each input position covers. */
function areaMatrix(from: number, to: number) {
  const scale = from / to;
  return normalized(
    indices(to).map((i) => indices(from).map((j) => Math.max(0, Math.min(j + 1, (i + 1) * scale) - Math.max(j, i * scale)))),
  );
}
