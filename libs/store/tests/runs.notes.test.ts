import { describe, expect, it } from 'vitest';
import { samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('notes');

/** The names of the runs that a list has, the newest first. */
async function named(query: {
  readonly search?: string;
  readonly tags?: readonly string[];
  readonly limit?: number;
}): Promise<string[]> {
  return (await database.store.runs.list({ limit: 100, ...query })).map(({ name }) => name);
}

describe('what is written about runs', () => {
  it('starts with what the evaluations are about, and is changed bit by bit', async () => {
    const { store } = database;
    const dataset = { ...samplePlan().dataset, name: 'Patches' };
    const gradient = { method: 'gradient', version: 1, params: {}, files: [] };
    const plans = [samplePlan(), samplePlan({ seed: 1, dataset }), samplePlan({ seed: 2, explainer: gradient, label: 'g' })];
    const run = await store.runs.create(sampleRun(plans));
    expect(run).toMatchObject({
      tags: [],
      note: '',
      datasets: ['mnist1d', 'Patches'],
      models: ['cnn'],
      methods: ['sise', 'gradient'],
    });
    await store.runs.edit(run.id, { addTags: ['b', 'a', 'b'], note: 'two\nlines' });
    expect(await store.runs.find(run.id)).toMatchObject({ name: 'sample', tags: ['a', 'b'], note: 'two\nlines' });
    await store.runs.edit(run.id, { name: 'better', removeTags: ['a', 'z'], addTags: ['c'] });
    expect(await store.runs.find(run.id)).toMatchObject({ name: 'better', tags: ['b', 'c'], note: 'two\nlines' });
    expect(await store.runs.edit(run.id, { note: '' })).toMatchObject({ tags: ['b', 'c'], note: '' });
    expect((await store.results.table([run.id]))[0]?.runName).toBe('better');
    await expect(store.runs.edit('nobody', { note: 'x' })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('is what lists are searched by, in any letter case, every word', async () => {
    const { store } = database;
    const first = await store.runs.create({ ...sampleRun(), name: 'Alpha 100 %' });
    const second = await store.runs.create({
      ...sampleRun([samplePlan({ seed: 7, model: { ...samplePlan().model, name: 'VGG' } })]),
      name: 'beta',
    });
    await store.runs.edit(second.id, { addTags: ['sweep', 'paper'], note: 'thresholds of table 2' });
    expect(await named({ search: 'ALPHA' })).toEqual(['Alpha 100 %']);
    expect(await named({ search: '100 %' })).toEqual(['Alpha 100 %']);
    expect(await named({ search: 'vgg thresholds' })).toEqual(['beta']);
    expect(await named({ search: 'vgg alpha' })).toEqual([]);
    expect(await named({ search: first.id.slice(2) })).toEqual(['Alpha 100 %']);
    expect(await named({ search: '_' })).toEqual([]);
    expect(await named({ tags: ['sweep'] })).toEqual(['beta']);
    expect(await named({ tags: ['sweep', 'other'] })).toEqual([]);
    expect(await named({ search: 'mnist1d', limit: 2 })).toEqual(['beta', 'Alpha 100 %']);
  });
});
