import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileToShare, isErrorCode, parseSpec, readFileToShare, XaigridError, type ErrorCode } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { readModel } from '@xaigrid/engine';
import { inspectModel, type NamedFile } from '@xaigrid/graph';
import { silentLogger } from '@xaigrid/service';
import { float32Of, float64Of, isNumpyArray, openNpyRows, parseNpy, parseNpz, parsePickle } from '@xaigrid/tensor';
import { createHttpServer } from '../../apps/orchestrator/src/http/create-server.js';
import { registries } from '@xaigrid/planning';
import { createFakeControl } from '../../apps/orchestrator/tests/fake-control.js';
import { modelBytes, modelFile, sampleSubmission } from '../../apps/orchestrator/tests/sample-submission.js';
import { decodeEvent, decodeTask } from '../../libs/queue/src/task-message.js';
import type { Breed } from './mutate.js';
import { withRightChecksums } from './png-checksums.js';
import * as seeds from './seeds.js';

/** One parser that takes what strangers made. */
export interface Target extends Breed {
  /** The codes it may refuse with. */
  readonly codes: readonly ErrorCode[];
  /** Parses a file and uses what came out; throws one of `codes`, or nothing. */
  readonly parse: (bytes: Uint8Array, index: number) => Promise<void>;
  readonly close?: () => Promise<void>;
}

const model: readonly ErrorCode[] = ['MODEL_UNREADABLE', 'MODEL_UNSUPPORTED', 'MODEL_NOT_FINITE', 'LAYER_NOT_FOUND'];
const unreadable: readonly ErrorCode[] = ['DATASET_UNREADABLE'];
const named = { name: 'the file', maxBytes: 64 * 1024 * 1024 };
const littleEndian = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

const pickleWords = [
  'cos\nsystem\n(S"touch /tmp/xaigrid-was-here"\ntR.',
  'cbuiltins\neval\n',
  'cnumpy.core.multiarray\n_reconstruct\n',
  'cnumpy\nndarray\n',
  ...['R', 'b', '\x81', '\x93', 'i', 'o', '.', '(', ']', '}', 't', 'l', 'd', '2', '0', '1', 'e', 'u', '\x94'],
  Uint8Array.of(0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x42, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x72, 0xff, 0xff, 0xff, 0xff),
];

async function readAndInspect(files: readonly NamedFile[]): Promise<void> {
  inspectModel(await readModel({ files, name: 'fuzzed', hdf5PatienceMs: 1_000 }));
}

function useArray(value: Parameters<typeof float32Of>[0]): void {
  float32Of(value);
  float64Of(value);
}

/** Every array anywhere in what a pickle holds. */
function useArrays(value: unknown): void {
  if (isNumpyArray(value)) useArray(value);
  else if (value instanceof Map || Array.isArray(value)) for (const item of value.values()) useArrays(item);
}

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'xaigrid-fuzz-'));
}

/** Makes a target ready. The seeds of most are written when they are asked for. */
const makers = {
  spec: () => ({
    seeds: seeds.specSeeds(),
    dictionary: [
      ...[
        '&a ',
        '*a',
        '!!js/function ',
        '!!binary ',
        '<<: *a',
        '- ',
        '{',
        '[',
        '\n  ',
        ': ',
        '|\n',
        '---\n',
        '? ',
        '%YAML 9.9\n',
      ],
      ...['${HOME}', '${', '$${', '__proto__:', 'constructor:', 'grid:', '../../../etc/passwd', '.inf', '1e308', '\t', '\u0000'],
      '&a [&b [*a,*a,*a,*a,*a,*a,*a,*a,*a]]',
    ],
    codes: ['SPEC_UNREADABLE', 'SPEC_INVALID'],
    parse: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      parseSpec({ text, source: 'fuzzed.yaml', registries, environment: {} });
      return Promise.resolve();
    },
  }),
  hdf5: async () => ({
    seeds: await seeds.hdf5Seeds(),
    dictionary: ['OHDR', 'TREE', 'HEAP', 'SNOD', 'GCOL', 'FRHP', 'layer_names', 'model_config', littleEndian(0xffffffff)],
    codes: model,
    parse: (bytes) => readAndInspect([{ name: 'model.h5', bytes }]),
  }),
  keras: async () => ({
    seeds: await seeds.kerasArchiveSeeds(),
    dictionary: [
      'PK\x03\x04',
      'PK\x01\x02',
      'PK\x05\x06',
      '../../etc/passwd',
      '"class_name": "',
      '"layers": [',
      '"keras_history": [',
    ],
    codes: model,
    parse: (bytes) => readAndInspect([{ name: 'model.keras', bytes }]),
  }),
  tfjs: () => ({
    seeds: seeds.tfjsSeeds(),
    dictionary: [
      '"shape":[',
      '"paths":["../../../etc/passwd"]',
      '"dtype":"int64"',
      '"units":1e9',
      '"filters":4294967295',
      '[[',
      '{"',
    ],
    codes: model,
    parse: (bytes) => readAndInspect([{ name: 'model.json', bytes }, ...seeds.tfjsShards()]),
  }),
  onnx: () => ({
    seeds: seeds.onnxSeeds(),
    dictionary: [
      ...['Conv', 'Loop', 'If', 'Constant', 'Reshape', 'Expand', 'Tile', 'Pad', 'Resize', 'ConstantOfShape', 'Range', 'Slice'],
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
      Uint8Array.of(0x08, 0x80, 0x80, 0x80, 0x80, 0x08),
    ],
    codes: model,
    parse: (bytes) => readAndInspect([{ name: 'model.onnx', bytes }]),
  }),
  npy: async () => {
    const folder = await temporaryFolder();
    return {
      seeds: seeds.npySeeds(),
      dictionary: ["'shape': (", "'descr': '<f8'", "'|O'", '(4294967296, 4294967296)', '((((((((((', ', '.repeat(50), 'True'],
      codes: unreadable,
      parse: async (bytes) => {
        // As it is read from disk, row by row, and as it is read from an archive.
        const path = join(folder, 'fuzzed.npy');
        await writeFile(path, bytes);
        let refusal: unknown;
        try {
          const rows = await openNpyRows(path, named);
          try {
            const [count = 0] = rows.shape;
            useArray(await rows.read(0, Math.min(count, 4)));
          } finally {
            await rows.close();
          }
        } catch (error) {
          if (!(error instanceof XaigridError)) throw error;
          refusal = error;
        }
        useArray(parseNpy(bytes, named));
        if (refusal instanceof XaigridError) throw refusal;
      },
      close: () => rm(folder, { recursive: true }),
    };
  },
  npz: () => ({
    seeds: seeds.npzSeeds(),
    dictionary: ['PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06', '../x.npy', "'shape': (", '\x93NUMPY', littleEndian(0xfffffffe)],
    codes: unreadable,
    parse: (bytes) => {
      const npz = parseNpz(bytes, named);
      for (const key of npz.keys) useArray(npz.array(key));
      return Promise.resolve();
    },
  }),
  pickle: () => ({
    seeds: seeds.pickleSeeds(),
    dictionary: pickleWords,
    codes: unreadable,
    parse: (bytes) => {
      useArrays(parsePickle(bytes, named));
      return Promise.resolve();
    },
  }),
  image: async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'class'));
    const kind = datasetKind('image-folder');
    const params = kind.params.parse({ path: folder, size: 8 });
    return {
      seeds: await seeds.imageSeeds(),
      dictionary: [
        'IHDR',
        'IDAT',
        'PLTE',
        'tRNS',
        'RIFF',
        'WEBP',
        'VP8L',
        'VP8X',
        'II*\x00',
        'MM\x00*',
        'JFIF',
        '<svg xmlns="',
        '%PDF-1.4',
      ],
      codes: ['DATASET_UNREADABLE', 'DATASET_CHANGED'],
      parse: async (bytes, index) => {
        // Every second mutant gets checksums that are right: otherwise PNG's would keep everything from the decoder.
        const image = index % 2 === 0 ? withRightChecksums(bytes) : bytes;
        await writeFile(join(folder, 'class', 'fuzzed.png'), image);
        const files = await kind.files(params, folder);
        const listing = join(folder, 'listing');
        const [list] = files;
        const shared = list && fileToShare(list);
        await writeFile(listing, shared === undefined ? '' : readFileToShare(shared));
        const filePath = () => Promise.resolve(listing);
        const dataset = await kind.open({ params, files, filePath });
        try {
          await dataset.read(0, 1);
        } finally {
          await dataset.close();
        }
      },
      close: () => rm(folder, { recursive: true }),
    };
  },
  message: () => ({
    seeds: seeds.messageSeeds(),
    dictionary: [
      '"version":2',
      '"stage":"score"',
      '"__proto__":{',
      '1e999',
      '-1',
      '\\u0000',
      '"runId":"a.b.>"',
      '[[[[[[[[',
      ' '.repeat(20_000),
    ],
    codes: ['MESSAGE_INVALID'],
    parse: (bytes, index) => {
      if (index % 3 === 2) decodeEvent(bytes);
      else decodeTask(bytes, index % 3 === 0 ? 'explain' : 'score');
      return Promise.resolve();
    },
  }),
  http: async () => {
    const fake = createFakeControl();
    fake.stored.set(modelFile.sha256, modelBytes);
    const app = await createHttpServer({
      control: fake.control,
      artifacts: fake.artifacts,
      queue: {
        healthy: () => true,
        depth: () => Promise.resolve({ waiting: 0, inProgress: 0 }),
        deadLetters: () => Promise.resolve(0),
      },
      metrics: {
        ...{
          runs: () => Promise.resolve({}),
          shards: () => Promise.resolve({}),
          work: () => Promise.resolve({ total: 0, open: 0, computed: 0 }),
        },
        mended: () => ({ republishedShards: 0, removedMessages: 0, rebuiltConsumers: 0 }),
      },
      logger: silentLogger(),
      filePath: () => Promise.reject(new XaigridError('ARTIFACT_MISSING', 'No file is stored here.')),
      requestsPerMinute: 1_000_000_000,
    });
    const spec = new TextDecoder().decode(seeds.specSeeds()[0]);
    const bodies = [sampleSubmission(), { spec: { name: 'x' } }, { spec }];
    return {
      seeds: bodies.map((body) => Buffer.from(JSON.stringify(body))),
      dictionary: [
        '"__proto__":{',
        '"spec":',
        '"path":"/etc/passwd"',
        '"../../x"',
        '1e999',
        '[[[[[[[[',
        '\\ud800',
        '"method":"',
        'null',
      ],
      codes: [],
      parse: async (bytes) => {
        const payload = Buffer.from(bytes);
        const answer = await app.inject({
          method: 'POST',
          url: '/v1/runs',
          headers: { 'content-type': 'application/json' },
          payload,
        });
        if (answer.statusCode === 201) return;
        const { error } = answer.json<{ error: { code: string; message: string } }>();
        // The client's fault, said with a code of ours and without the server's folders.
        if (answer.statusCode >= 500 || !isErrorCode(error.code) || /\/(tmp|root|home|work)\//.test(error.message))
          throw new Error(`status ${answer.statusCode}: ${answer.body}`);
      },
      close: () => app.close(),
    };
  },
} satisfies Record<string, () => Target | Promise<Target>>;

export type TargetName = keyof typeof makers;
export const targetNames = Object.keys(makers) as TargetName[];

export async function makeTarget(name: TargetName): Promise<Target> {
  return makers[name]();
}
