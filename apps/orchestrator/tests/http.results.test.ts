import { parseNpy, parseNpz, float32Of } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { comparison, MAP_LENGTH, mapValue, PREDICTED, SAMPLES, scoreRow, tableRow } from './fake-control.js';
import { startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

describe('GET table', () => {
  it('answers the rows of one run, and of several side by side', async () => {
    const { app, addRun } = await startTestServer();
    for (const id of ['aa', 'bb', 'cc']) addRun(id);
    const row = (id: string) => tableRow({ id, name: 'sample' });
    expect((await app.inject('/v1/runs/aa/table')).json()).toEqual({ rows: [row('aa')] });
    const both = { rows: [row('aa'), row('bb'), row('cc')] };
    expect((await app.inject('/v1/runs/aa/table?with=bb&with=cc')).json()).toEqual(both);
    expect((await app.inject('/v1/runs/aa/table?with=bb,cc')).json()).toEqual(both);
  });

  it.each([
    ['csv', 'text/csv; charset=utf-8', /^runId,.*drop,dropLow,dropHigh.*\naa,/s],
    ['markdown', 'text/markdown; charset=utf-8', /^\| .*\n\| ---/],
    ['latex', 'application/x-latex; charset=utf-8', /^\\begin\{tabular\}/],
    ['table', 'text/plain; charset=utf-8', /mnist1d/],
  ])('answers as %s', async (format, type, beginning) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(`/v1/runs/aa/table?format=${format}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, type]);
    expect(answer.body).toMatch(beginning);
  });

  it.each([
    ['format=xls', 'REQUEST_INVALID'],
    ['with=a/b', 'REQUEST_INVALID'],
    [`with=${Array(101).fill('a').join(',')}`, 'USAGE'],
  ])('refuses %s', async (query, code) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(`/v1/runs/aa/table?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code } });
  });

  it('writes in words what JSON has no number for', async () => {
    const { app, addRun, control } = await startTestServer();
    addRun('aa');
    const row = tableRow({ id: 'aa', name: 'sample' });
    control.table = () =>
      Promise.resolve([{ ...row, measures: { drop: { value: NaN, interval: { low: -Infinity, high: 1 } } } }]);
    const answer = await app.inject('/v1/runs/aa/table');
    expect(answer.json()).toEqual({
      rows: [{ ...row, measures: { drop: { value: 'NaN', interval: { low: '-Infinity', high: 1 } } } }],
    });
  });

  it('names a run that is not there', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    expect((await app.inject('/v1/runs/aa/table?with=zz')).statusCode).toBe(404);
  });
});

describe('GET comparisons', () => {
  it('answers what the run control finds, and passes every filter on', async () => {
    const { app, addRun, comparisonFilters } = await startTestServer();
    addRun('aa');
    const setting = encodeURIComponent('{"keepFraction":0.3}');
    const answer = await app.inject(
      `/v1/runs/aa/comparisons?setting=${setting}&measure=drop&against=random&method=a&method=b%2Cc`,
    );
    const wanted = { ...comparison, interval: { low: -0.5, high: 'NaN' } };
    expect(answer.json()).toEqual({ comparisons: [wanted] });
    await app.inject('/v1/runs/aa/comparisons');
    expect(comparisonFilters).toEqual([
      { setting: { keepFraction: 0.3 }, measure: 'drop', against: ['random'], method: ['a', 'b,c'] },
      {},
    ]);
  });
});

describe('GET scores', () => {
  it('comes in pages that lead to each other', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const found: unknown[] = [];
    let url: string | undefined = '/v1/runs/aa/scores?limit=4&class=1';
    let pages = 0;
    while (url !== undefined) {
      const answer = await app.inject(url);
      const page: { scores: unknown[]; next?: string } = answer.json();
      expect(answer.headers.link).toBe(page.next === undefined ? undefined : `<${page.next}>; rel="next"`);
      found.push(...page.scores);
      url = page.next;
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(found).toEqual(Array.from({ length: SAMPLES }, (_, sample) => scoreRow(sample)));
  });

  it('passes every filter on', async () => {
    const { app, addRun, scoreFilters } = await startTestServer();
    addRun('aa');
    const setting = encodeURIComponent('{"keepFraction":0.3}');
    await app.inject(
      `/v1/runs/aa/scores?sort=-drop&sample=7&class=2&method=sise&degenerate=false&setting=${setting}&measure=drop&low=-0.5&high=1e-3&offset=3`,
    );
    expect(scoreFilters).toEqual([
      {
        ...{ sort: '-drop', sample: 7, class: 2, method: ['sise'], degenerate: false, setting: { keepFraction: 0.3 } },
        ...{ range: { measure: 'drop', low: -0.5, high: 0.001 }, limit: 101, offset: 3 },
      },
    ]);
  });

  it.each([
    ['limit=10001', 'limit: expected at most 10000'],
    ['sample=', 'sample: expected a whole number'],
    ['setting=0.3', 'setting: expected a JSON object'],
    ['setting={', 'setting: expected a JSON object'],
    ['degenerate=yes', 'degenerate: expected true or false'],
    ['low=a&measure=drop', 'low: expected a number'],
    ['sort=drop;--', 'sort: expected sample or a measure'],
  ])('refuses %s', async (query, sentence) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(`/v1/runs/aa/scores?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { message: containing(sentence) } });
  });
});

describe('GET predictions', () => {
  it('answers .npz of what is stored, a page of samples at a time', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(`/v1/runs/aa/evaluations/0/predictions?start=2&end=${PREDICTED}`);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['x-next-start']).toBe('1002');
    const npz = parseNpz(answer.rawPayload, { name: 'predictions' });
    expect(npz.keys).toEqual(['sample_index', 'label', 'outputs']);
    expect(float32Of(npz.array('sample_index')).data.slice(0, 3)).toEqual(Float32Array.of(2, 4, 5));
    const outputs = float32Of(npz.array('outputs'));
    expect(outputs.shape).toEqual([999, 2]);
    expect([...outputs.data.slice(0, 6)]).toEqual([2 / 7, -0.1, 4 / 7, -0.1, 5 / 7, NaN].map(Math.fround));
    const last = await app.inject(`/v1/runs/aa/evaluations/0/predictions?start=2000&end=${PREDICTED}`);
    expect(last.headers['x-next-start']).toBeUndefined();
  });

  it('says what an evaluation is about', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    expect((await app.inject('/v1/runs/aa/evaluations/0')).json()).toMatchObject({
      ...{ classNames: ['0', 'one & only'], sampleShape: [2, 1], storedPredictions: SAMPLES - 1 },
    });
    expect((await app.inject('/v1/runs/aa/evaluations/1')).statusCode).toBe(404);
    expect((await app.inject('/v1/runs/aa/evaluations/0/predictions?start=3&end=3')).statusCode).toBe(400);
  });
});

describe('GET maps', () => {
  it('answers .npy and which maps are degenerate', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject('/v1/runs/aa/evaluations/0/maps?start=2&end=7');
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['x-degenerate']).toBe('01001');
    expect(answer.headers['x-next-start']).toBeUndefined();
    const maps = float32Of(parseNpy(answer.rawPayload, { name: 'maps' }));
    expect(maps.shape).toEqual([5, MAP_LENGTH]);
    expect([...maps.data]).toEqual(Array.from({ length: 5 * MAP_LENGTH }, (_, at) => mapValue(2 * MAP_LENGTH + at)));
  });

  it('cuts a range that is too large for one answer and says where it goes on', async () => {
    const { app, addRun, control } = await startTestServer();
    addRun('aa');
    // 4 MiB a map: 8 of them fill an answer.
    const length = 1024 * 1024;
    control.maps = (_reference, _ordinal, start, end) => {
      const count = Math.min(end, 20) - start;
      return Promise.resolve({
        maps: { shape: [count, length], data: new Float32Array(count * length) },
        degenerate: Array.from({ length: count }, () => false),
        ...(end < 20 ? { next: end } : {}),
      });
    };
    const starts: number[] = [];
    let start: number | undefined = 1;
    while (start !== undefined) {
      starts.push(start);
      const answer = await app.inject(`/v1/runs/aa/evaluations/0/maps?start=${start}&end=100`);
      const next: unknown = answer.headers['x-next-start'];
      start = next === undefined ? undefined : Number(next);
    }
    expect(starts).toEqual([1, 9, 17]);
  });

  it('answers what is stored with maps, numbers that JSON has no words for included, a page of samples at a time', async () => {
    const { app, addRun, control } = await startTestServer();
    addRun('aa');
    const answer = await app.inject('/v1/runs/aa/evaluations/0/map-records?start=6&end=100');
    expect(answer.json()).toEqual({
      records: [
        { sampleIndex: 6, degenerate: true, diagnostics: { additivityError: 6 / 7 } },
        { sampleIndex: 7, degenerate: false, diagnostics: { additivityError: 'NaN' } },
        { sampleIndex: 8, degenerate: false, diagnostics: { additivityError: 8 / 7 } },
        { sampleIndex: 9, degenerate: true, diagnostics: { additivityError: 9 / 7 } },
      ],
    });
    const asked: [number, number][] = [];
    control.mapRecords = (_reference, _ordinal, start, end) => {
      asked.push([start, end]);
      return Promise.resolve([]);
    };
    expect((await app.inject('/v1/runs/aa/evaluations/0/map-records?start=5&end=20000')).json()).toEqual({
      records: [],
      next: 10_005,
    });
    expect(asked).toEqual([[5, 10_005]]);
  });

  it.each([
    ['map-records?start=3&end=3', 400, 'The range is empty'],
    ['maps?start=3&end=3', 400, 'The range is empty'],
    ['maps?start=3', 400, 'end: expected string'],
    ['maps?start=-1&end=3', 400, 'start: expected a whole number'],
    ['maps?start=10&end=11', 404, 'There is no map 10'],
    ['samples/x', 400, 'index: expected a whole number'],
  ])('refuses %s', async (path, status, sentence) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(`/v1/runs/aa/evaluations/0/${path}`);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { message: containing(sentence) } });
  });

  it('answers a sample with its label', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject('/v1/runs/aa/evaluations/0/samples/3');
    expect(answer.headers['x-label']).toBe('1');
    const sample = float32Of(parseNpy(answer.rawPayload, { name: 'sample' }));
    expect(sample).toEqual({ shape: [2, 1], data: Float32Array.of(3, -0.1) });
  });
});

describe('maintenance', () => {
  it('counts and collects garbage, only when told which', async () => {
    const { app } = await startTestServer();
    const dry = await app.inject({ method: 'POST', url: '/v1/gc', payload: { dryRun: true } });
    expect(dry.json()).toMatchObject({ mapSets: 1 });
    const wet = await app.inject({ method: 'POST', url: '/v1/gc', payload: { dryRun: false } });
    expect(wet.json()).toMatchObject({ mapSets: 2 });
    expect((await app.inject({ method: 'POST', url: '/v1/gc', payload: {} })).statusCode).toBe(400);
  });
});
