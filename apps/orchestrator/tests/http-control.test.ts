import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  XaigridError,
  type RunProgress,
  type RunState,
  type SampleHistogramQuery,
  type SampleListQuery,
  type SamplePairsQuery,
} from '@xaigrid/contracts';
import { createHttpControl, type HttpControlOptions, type RunControl } from '@xaigrid/control';
import { afterEach, describe, expect, it } from 'vitest';
import { comparison, MAP_LENGTH, mapValue, PREDICTED, SAMPLES, scoreRow, tableRow } from './fake-control.js';
import { modelBytes, modelFile, samplePlan, sampleSubmission } from './sample-submission.js';
import { startTestServer, type TestServer } from './test-server.js';
import { containing } from './text-matchers.js';

const token = 'correct-horse-battery';

interface Remote extends TestServer {
  readonly remote: RunControl;
  readonly url: string;
}

/** The real API on a real socket, and run control over it. */
async function startRemote(options: Partial<HttpControlOptions> = {}): Promise<Remote> {
  const server = await startTestServer({ token, events: { shortestMs: 1 } });
  const url = await server.app.listen({ port: 0, host: '127.0.0.1' });
  return { ...server, url, remote: createHttpControl({ url, token, ...options }) };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Something on a socket that answers as told. */
async function startOther(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const full: RunProgress = { samples: SAMPLES, explained: SAMPLES, scored: SAMPLES, failed: 0 };

describe('run control over HTTP behaves as the one behind it', () => {
  it('for what is asked of a run', async () => {
    const { remote, control, addRun } = await startRemote();
    for (const id of ['aa', 'bb']) addRun(id);
    expect(await remote.list({ limit: 5_000 })).toEqual(await control.list({ limit: 5_000 }));
    expect(await remote.show('a')).toEqual(await control.show('a'));
    expect(await remote.show('latest')).toEqual(await control.show('bb'));
    expect(await remote.table(['aa', 'bb'])).toEqual(await control.table(['aa', 'bb']));
    expect(await remote.table([])).toEqual([]);
    expect(await remote.sample('aa', 0, 3)).toEqual(await control.sample('aa', 0, 3));
    expect(await remote.region('aa', 0, 3)).toEqual(await control.region('aa', 0, 3));
    const question = { keepFractions: [0.25, 1], keeps: 'lowest', baseline: 'mean' } as const;
    const place = { ordinal: 0, sampleIndex: 3 };
    expect(await remote.askModel('aa', place, question)).toEqual(await control.askModel('aa', place, question));
    // Further than one answer of the server reaches, and with a number that JSON has no word for.
    expect(await remote.mapRecords('aa', 0, 2, 25_000)).toEqual(await control.mapRecords('aa', 0, 2, 25_000));
    expect(await remote.evaluation('aa', 0)).toEqual(await control.evaluation('aa', 0));
    for (const [start, end] of [
      [0, 2],
      [3, 4],
      [2, PREDICTED],
    ] as const) {
      expect(await remote.predictions('aa', 0, start, end)).toEqual(await control.predictions('aa', 0, start, end));
    }
    expect(await remote.health()).toEqual(await control.health());
    for (const dryRun of [true, false])
      expect(await remote.collectGarbage({ dryRun })).toEqual(await control.collectGarbage({ dryRun }));
  });

  it('for what is done to it', async () => {
    const { remote, addRun } = await startRemote();
    addRun('aa');
    expect(await remote.cancel('aa')).toMatchObject({ id: 'aa', state: 'cancelled' });
    expect(await remote.resume('aa', { retryFailed: false })).toMatchObject({ state: 'running' });
    expect(await remote.resume('aa', { retryFailed: true })).toMatchObject({ state: 'planned' });
    await remote.remove('aa');
    await expect(remote.show('aa')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', message: 'There is no run "aa".' });
  });

  it('for scores, with every filter', async () => {
    const { remote, addRun, scoreFilters } = await startRemote();
    addRun('aa');
    const filter = {
      ...{
        sample: 1,
        class: 2,
        ...{ method: ['sise', 'b, c=[1]'], dataset: ['a&b'], model: ['m'], metric: ['drop-increase'] },
        ...{ keep: ['0.3', '>0'], baseline: ['blur 5'], evaluation: [0, 3] },
        setting: { keepFraction: 0.3, baseline: 'a&b' },
        degenerate: false,
        sort: '-drop',
      },
      ...{ range: { measure: 'drop', low: -1e-7 }, limit: 4, offset: 2 },
    };
    expect(await remote.scores('aa', filter)).toEqual([2, 3, 4, 5].map(scoreRow));
    expect(scoreFilters).toEqual([{ ...filter, limit: 5 }]);
  });

  it('for samples, with every filter', async () => {
    const { remote, addRun, control, sampleQueries } = await startRemote();
    addRun('aa');
    const query: SampleListQuery = {
      ...{ method: ['sise', 'b, c=[1]'], metric: ['drop-increase'], setting: { keepFraction: 0.3 }, by: 2, measure: 'drop' },
      ...{ sort: '-disagreement', class: 0, predicted: 3, right: false, degenerate: false, after: 7, limit: 5 },
      ...{ minScore: -1, maxScore: 0.5, minConfidence: 0, maxConfidence: 0.9, minDisagreement: 1e-9, maxDisagreement: 2 },
    };
    expect(await remote.samples('aa', query)).toEqual(await control.samples('aa', query));
    expect(sampleQueries).toEqual([query, query]);
  });

  it('for histograms and for samples in pairs, with every filter', async () => {
    const { remote, addRun, control, histogramQueries, pairQueries } = await startRemote();
    for (const id of ['aa', 'bb']) addRun(id);
    const query: SampleHistogramQuery = {
      ...{ method: ['sise'], metric: ['drop-increase'], setting: { keepFraction: 0.3 }, by: 2, measure: 'drop' },
      ...{ class: 0, predicted: 3, right: true, degenerate: false, minScore: -1, maxScore: 0.5, minConfidence: 0 },
      ...{ maxConfidence: 0.9, minDisagreement: 1e-9, maxDisagreement: 2, of: 'disagreement', bins: 7 },
    };
    expect(await remote.histogram('aa', query)).toEqual(await control.histogram('aa', query));
    expect(histogramQueries).toEqual([query, query]);
    const pairs: SamplePairsQuery = {
      ...{ by: 0, against: 3, with: 'bb', metric: ['drop-increase'], setting: { keepFraction: 0.3 }, measure: 'drop' },
      ...{ minFirst: -1, maxFirst: 1e-9, minSecond: 0, maxSecond: 2, limit: 5, bins: 7 },
    };
    expect(await remote.samplePairs('aa', pairs)).toEqual(await control.samplePairs('aa', pairs));
    expect(pairQueries).toEqual([pairs, pairs]);
    await expect(remote.samplePairs('aa', { ...pairs, bins: 1_000 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('for selections of a table and of evaluations', async () => {
    const { remote, addRun, control, selections } = await startRemote();
    for (const id of ['aa', 'bb']) addRun(id);
    const selection = { method: ['sise layers=["a","b"]', 'x'], keep: ['>0'], evaluation: [2] };
    expect(await remote.table(['aa', 'bb'], selection)).toEqual(await control.table(['aa', 'bb'], selection));
    expect(await remote.evaluations('aa', selection)).toEqual(await control.evaluations('aa', selection));
    expect(selections).toEqual([selection, selection, selection, selection]);
  });

  it('for lists that are searched, and for what is written about runs', async () => {
    const { remote, addRun, control, listQueries } = await startRemote();
    addRun('aa');
    const changes = { name: 'another & name', note: 'two\nlines', addTags: ['a', 'b'], removeTags: ['b'] };
    expect(await remote.edit('aa', changes)).toMatchObject({ name: 'another & name', note: 'two\nlines', tags: ['a'] });
    const query = { search: 'a & b', tags: ['a', 'c'], states: ['done' as const, 'failed' as const] };
    expect(await remote.list({ ...query, limit: 7 })).toEqual(await control.list({ limit: 7 }));
    expect(listQueries).toEqual([query, {}]);
    await expect(remote.edit('aa', { addTags: ['two words'] })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('for comparisons, with every filter', async () => {
    const { remote, addRun, comparisonFilters } = await startRemote();
    addRun('aa');
    const filter = {
      setting: { keepFraction: 0.3, baseline: 'a&b' },
      measure: 'drop',
      against: ['sise layers=["a"]', 'x'],
      method: ['y'],
      ...{ across: 'models' as const, test: 'wilcoxon' as const },
    };
    expect(await remote.comparisons(['aa'], filter)).toEqual([comparison]);
    expect(await remote.comparisons(['aa'], {})).toEqual([comparison]);
    expect(comparisonFilters).toEqual([filter, {}]);
    await expect(remote.comparisons(['aa', 'zz'], {})).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('for rankings of several runs', async () => {
    const { remote, addRun, control, rankingQueries } = await startRemote();
    for (const id of ['aa', 'bb']) addRun(id);
    const query = { metric: ['a', 'b'], measures: 'all' as const };
    expect(await remote.rankings(['aa', 'bb'], query)).toEqual(await control.rankings(['aa', 'bb'], query));
    expect(await remote.rankings(['bb'], {})).toHaveLength(1);
    expect(rankingQueries).toEqual([query, query, {}]);
  });

  it('for more scores than one answer holds', async () => {
    const { remote, addRun, control } = await startRemote();
    addRun('aa');
    const all = 25_000;
    control.scores = (_reference, { limit, offset }) =>
      Promise.resolve(Array.from({ length: Math.max(0, Math.min(limit, all - offset)) }, (_, at) => scoreRow(offset + at)));
    const found = await remote.scores('aa', { limit: 1_000_000, offset: 1 });
    expect(found.map(({ sampleIndex }) => sampleIndex)).toEqual(Array.from({ length: all - 1 }, (_, at) => at + 1));
  });

  it('for numbers that JSON cannot write', async () => {
    const { remote, addRun, control } = await startRemote();
    addRun('aa');
    const interval = { low: -Infinity, high: Infinity };
    const row = {
      ...tableRow({ id: 'aa', name: 'sample' }),
      measures: { drop: { value: NaN, interval }, increase: { value: 1e-300 } },
    };
    control.table = () => Promise.resolve([row]);
    control.scores = () => Promise.resolve([{ ...scoreRow(0), measures: { drop: NaN, increase: -Infinity } }]);
    expect(await remote.table(['aa'])).toEqual([row]);
    expect(await remote.scores('aa', { limit: 1, offset: 0 })).toMatchObject([{ measures: { drop: NaN, increase: -Infinity } }]);
  });

  it('for maps, of one answer or several', async () => {
    const { remote, addRun, control } = await startRemote();
    addRun('aa');
    expect(await remote.maps('aa', 0, 2, 7)).toEqual({ ...(await control.maps('aa', 0, 2, 7)), next: undefined });
    expect(await remote.maps('aa', 0, 2, 700)).toEqual(await control.maps('aa', 0, 2, SAMPLES));
    const size = 1024 * 1024;
    control.maps = (_reference, _ordinal, start, end) => {
      const count = Math.min(end, 20) - start;
      const data = Float32Array.from({ length: count * size }, (_, at) => start + Math.floor(at / size));
      return Promise.resolve({
        maps: { shape: [count, size], data },
        degenerate: Array.from({ length: count }, (_, at) => start + at === 9),
        ...(end < 20 ? { next: end } : {}),
      });
    };
    const large = await remote.maps('aa', 0, 0, 20);
    expect(large.maps.shape).toEqual([20, size]);
    expect(Array.from({ length: 20 }, (_, row) => large.maps.data[row * size])).toEqual(
      Array.from({ length: 20 }, (_, row) => row),
    );
    expect(large.degenerate.indexOf(true)).toBe(9);
    expect(mapValue(1)).not.toBe(1 / 7);
    expect(MAP_LENGTH).toBe(4);
  });

  it('for a submission and its files', async () => {
    const { remote, stored, submissions } = await startRemote();
    const folder = mkdtempSync(join(tmpdir(), 'xaigrid-http-control-'));
    try {
      const path = join(folder, 'cnn.h5');
      writeFileSync(path, modelBytes);
      await remote.shareFiles([{ ...modelFile, path }]);
      expect(stored.get(modelFile.sha256)).toEqual(modelBytes);
      rmSync(path);
      // What the server has is not read again.
      await remote.shareFiles([{ ...modelFile, path }]);
      const plan = samplePlan({ model: { ...samplePlan().model, files: [{ ...modelFile, path }] } });
      const sent = sampleSubmission(plan);
      expect(await remote.reuse(sent)).toEqual([{ label: 'sise', samples: 10, storedMaps: 3, settings: 1, storedScores: 2 }]);
      expect(await remote.submit(sent)).toMatchObject({ id: 'run1', state: 'planned' });
      expect(submissions).toEqual([{ ...sampleSubmission(), priority: 0 }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('for a file that is larger than other bodies may be, and for one that cannot be sent', async () => {
    const { remote, stored } = await startRemote();
    const folder = mkdtempSync(join(tmpdir(), 'xaigrid-http-control-'));
    try {
      const bytes = Buffer.alloc(10 * 1024 * 1024, 7);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const path = join(folder, 'data.npy');
      writeFileSync(path, bytes);
      await remote.shareFiles([{ sha256, size: bytes.length, path }]);
      expect(stored.get(sha256)?.length).toBe(bytes.length);
      const changed = remote.shareFiles([{ sha256: '0'.repeat(64), size: bytes.length, path }]);
      await expect(changed).rejects.toMatchObject({ code: 'ARTIFACT_DAMAGED' });
      const huge = remote.shareFiles([{ sha256: '1'.repeat(64), size: 2 ** 31 + 1, path }]);
      await expect(huge).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
      const missing = remote.shareFiles([{ sha256: '2'.repeat(64), size: 3, path: join(folder, 'gone') }]);
      await expect(missing).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('errors over HTTP', () => {
  it('keep their code and sentence', async () => {
    const { remote, fail } = await startRemote();
    fail(new XaigridError('DATABASE_UNREACHABLE', 'Postgres does not answer.'));
    await expect(remote.list({ limit: 1 })).rejects.toEqual(
      new XaigridError('DATABASE_UNREACHABLE', 'Postgres does not answer.'),
    );
  });

  it('say when the token is missing or wrong, without the token', async () => {
    const { url } = await startRemote();
    const wrong = createHttpControl({ url, token: 'another-secret-token' }).list({ limit: 1 });
    const error: unknown = await wrong.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: containing('XAIGRID_TOKEN') });
    expect(String(error)).not.toContain('another-secret-token');
    expect(() => createHttpControl({ url, token: 'two\nlines' })).toThrow(
      expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }),
    );
    const head = createHttpControl({ url, token: '' }).shareFiles([{ sha256: '0'.repeat(64), size: 1, path: '/nowhere' }]);
    await expect(head).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('take the token from the environment', async () => {
    const { url } = await startRemote();
    process.env.XAIGRID_TOKEN = token;
    try {
      expect(await createHttpControl({ url }).list({ limit: 1 })).toEqual([]);
    } finally {
      delete process.env.XAIGRID_TOKEN;
    }
  });

  it('say that nothing answers', async () => {
    const url = await startOther(() => undefined);
    servers.pop()?.close();
    const error: unknown = await createHttpControl({ url })
      .list({ limit: 1 })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: `The orchestrator at ${url} does not answer: nothing listens there. Start xaigrid-orchestrator there, or correct --server.`,
    });
  });

  it.each([
    ['a page', 200, '<html>', 'its answer to /v1/runs has another form'],
    ['other JSON', 200, '{"runs":[{"id":7}]}', 'runs.0.id'],
    ['an error without explanation', 502, 'Bad Gateway', 'status 502 without an explanation'],
  ])('say that %s is not ours', async (_what, status, body, sentence) => {
    const url = await startOther((_request, response) => response.writeHead(status).end(body));
    const listed = createHttpControl({ url }).list({ limit: 1 });
    await expect(listed).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', message: containing(sentence) });
  });

  it('do not carry the token to wherever a server redirects', async () => {
    const { url: other } = await startRemote();
    const url = await startOther((_request, response) => response.writeHead(307, { location: `${other}/v1/runs` }).end());
    await expect(createHttpControl({ url, token }).list({ limit: 1 })).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it.each(['localhost:8080', 'ftp://host', 'not a url', 'http://user:secret@host'])('refuse the URL %s', (url) => {
    expect(() => createHttpControl({ url })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => createHttpControl({ url })).not.toThrow(/secret/);
  });
});

function isStream(input: string | URL | Request): boolean {
  return new URL(input instanceof Request ? input.url : input).pathname.endsWith('/events');
}

describe('following over HTTP', () => {
  it('tells why nothing moves', async () => {
    const { remote, addRun, control } = await startRemote();
    addRun('aa');
    const progress = { samples: 9, explained: 9, scored: 0, failed: 0, work: { total: 90, open: 9, computed: 81 } };
    const waits = ['no metrics worker is connected, or all are busy with other runs'];
    control.follow = async (_reference, { onProgress }) => {
      onProgress(progress, 'running', waits);
      await new Promise((resolve) => setTimeout(resolve, 50));
      onProgress(progress, 'cancelled', []);
      return 'cancelled';
    };
    const told: unknown[] = [];
    await remote.follow('aa', { onProgress: (...news) => told.push(news), signal: new AbortController().signal });
    expect(told).toEqual([
      [progress, 'running', waits],
      [progress, 'cancelled', []],
    ]);
  });

  const seen = (): { states: [RunState, number][]; onProgress: (progress: RunProgress, state: RunState) => void } => {
    const states: [RunState, number][] = [];
    return { states, onProgress: ({ scored }, state) => states.push([state, scored]) };
  };

  it('tells progress until the run is over', async () => {
    const { remote, addRun, advance } = await startRemote();
    addRun('aa');
    const { states, onProgress } = seen();
    const followed = remote.follow('a', {
      onProgress: (progress, state) => {
        onProgress(progress, state);
        if (progress.scored === 0) advance('aa', 4);
        if (progress.scored === 4) advance('aa', SAMPLES, 'done-with-failures');
      },
      signal: new AbortController().signal,
    });
    expect(await followed).toBe('done-with-failures');
    expect(states).toEqual([
      ['running', 0],
      ['running', 4],
      ['done-with-failures', SAMPLES],
    ]);
  });

  it('ends when it is told to, and leaves nothing on the server', async () => {
    const { remote, addRun, followers } = await startRemote();
    addRun('aa');
    const stop = new AbortController();
    const followed = remote.follow('aa', { onProgress: () => stop.abort(), signal: stop.signal });
    expect(await followed).toBe('running');
    while (followers() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('connects again when the stream is cut', async () => {
    const { url, addRun, advance } = await startRemote();
    addRun('aa');
    let streams = 0;
    const flaky: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!isStream(input)) return response;
      streams += 1;
      if (streams === 2) throw new TypeError('fetch failed');
      if (streams > 2) advance('aa', SAMPLES, 'done');
      if (streams > 2) return response;
      // A proxy that cuts the connection after the first event, in the middle of the next.
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        if (text.includes('"scored":0')) break;
      }
      return new Response(`${text}event: pro`);
    };
    const { states, onProgress } = seen();
    const control = createHttpControl({ url, token, fetch: flaky, patience: { retryMs: 1 } });
    expect(await control.follow('aa', { onProgress, signal: new AbortController().signal })).toBe('done');
    expect(streams).toBe(3);
    expect(states.at(0)).toEqual(['running', 0]);
    expect(states.at(-1)).toEqual(['done', full.scored]);
  });

  it('gives up when the server stays away', async () => {
    const { url, addRun } = await startRemote();
    addRun('aa');
    const gone: typeof fetch = (input, init) =>
      isStream(input) ? Promise.reject(new TypeError('fetch failed')) : fetch(input, init);
    const control = createHttpControl({ url, token, fetch: gone, patience: { retryMs: 1, awayMs: 20 } });
    const followed = control.follow('aa', { onProgress: () => undefined, signal: new AbortController().signal });
    await expect(followed).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it('waits for a server that is started again between the run and what is asked of it', async () => {
    const { url, addRun } = await startRemote();
    addRun('aa');
    let away = 0;
    const restarting: typeof fetch = (input, init) => {
      away -= 1;
      return away < 0 ? fetch(input, init) : Promise.reject(new TypeError('fetch failed'));
    };
    const control = createHttpControl({ url, token, fetch: restarting, patience: { retryMs: 1 } });
    away = 1;
    await expect(control.show('aa'), 'a server that never answered').rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await control.show('aa');
    away = 3;
    expect(await control.table(['aa'])).toHaveLength(1);
    away = 3;
    await expect(control.cancel('aa'), 'what is not only read').rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it('takes a silent connection for a cut one', async () => {
    const { url, addRun, advance } = await startRemote();
    addRun('aa');
    let streams = 0;
    const silent: typeof fetch = (input, init) => {
      if (!isStream(input)) return fetch(input, init);
      streams += 1;
      if (streams > 1) {
        advance('aa', SAMPLES, 'done');
        return fetch(input, init);
      }
      const body = new ReadableStream({
        start: (controller) => init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason)),
      });
      return Promise.resolve(new Response(body));
    };
    const control = createHttpControl({ url, token, fetch: silent, patience: { retryMs: 1, stalledMs: 30 } });
    const followed = control.follow('aa', { onProgress: () => undefined, signal: new AbortController().signal });
    expect(await followed).toBe('done');
  });

  it('fails at once for a run that is not there', async () => {
    const { remote } = await startRemote();
    const followed = remote.follow('zz', { onProgress: () => undefined, signal: new AbortController().signal });
    await expect(followed).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});
