import { describe, expect, it } from 'vitest';
import { chooseOne, select, selectionOptions, selectionThatChooses, type Selectable, type Selection } from '../src/index.js';

interface Entry extends Selectable {
  readonly setting: Readonly<Record<string, unknown>>;
}

/** Two data sets; sise once by itself and as a sweep; settings of three kinds. */
const evaluations = [
  { evaluation: 0, dataset: 'digits', model: 'cnn', method: 'sise', label: 'sise' },
  { evaluation: 1, dataset: 'digits', model: 'cnn', method: 'sise', label: 'sise fusion=simple' },
  { evaluation: 2, dataset: 'digits', model: 'cnn', method: 'random', label: 'random' },
  { evaluation: 3, dataset: 'patches', model: 'vgg', method: 'sise', label: 'sise t=0' },
  { evaluation: 4, dataset: 'patches', model: 'vgg', method: 'sise', label: 'sise t=1' },
  { evaluation: 5, dataset: 'patches', model: 'cnn', method: 'random', label: 'random' },
];
const settings = [
  { metric: 'drop-increase', scoredClass: '0', setting: { keepFraction: 0.3, baseline: 'zero' } },
  { metric: 'drop-increase', setting: { keepThreshold: 0, baseline: { blur: 5 } } },
  { metric: 'drop-increase', setting: { keepFraction: 0.1, baseline: [0.1, 0.2] } },
  { metric: 'pointing-game', setting: { values: 'positive' } },
];
const entries: Entry[] = evaluations.flatMap((evaluation) => settings.map((setting) => ({ ...evaluation, ...setting })));

const chosen = (selection: Selection): number[] => [
  ...new Set(select(entries, selection, 'Run r').map(({ evaluation }) => evaluation)),
];
const settingsOf = (selection: Selection): unknown[] => [
  ...new Set(select(entries, selection, 'Run r').map(({ setting }) => JSON.stringify(setting))),
];
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('It was not refused.');
}

describe('a selection', () => {
  it('leaves nothing out where it says nothing', () => {
    expect(select(entries, {}, 'Run r')).toEqual(entries);
  });

  it('takes names of one kind as alternatives, and kinds together', () => {
    expect(chosen({ dataset: ['patches'] })).toEqual([3, 4, 5]);
    expect(chosen({ dataset: ['patches', 'digits'], method: ['random'] })).toEqual([2, 5]);
    expect(chosen({ dataset: ['patches'], model: ['cnn'] })).toEqual([5]);
    expect(chosen({ evaluation: [4, 2] })).toEqual([2, 4]);
  });

  it('takes a name for the evaluation that is called so, and for all of the method where none is', () => {
    expect(chosen({ method: ['sise'] })).toEqual([0, 3, 4]);
    expect(chosen({ method: ['sise fusion=simple', 'sise t=1'] })).toEqual([1, 4]);
  });

  it.each<[Selection, unknown[]]>([
    [{ metric: ['pointing-game'] }, [settings[3]]],
    [{ scoredClass: ['0'] }, [settings[0]]],
    [{ keep: ['0.3'] }, [settings[0]]],
    [{ keep: ['.30', '> 0'] }, [settings[0], settings[1]]],
    [{ keep: ['>0.0'] }, [settings[1]]],
    [{ baseline: ['zero'] }, [settings[0]]],
    [{ baseline: ['blur 5'] }, [settings[1]]],
    [{ baseline: ['blur: 5'] }, [settings[1]]],
    [{ baseline: ['[0.1,0.2]'] }, [settings[2]]],
    [{ setting: { baseline: { blur: 5 } } }, [settings[1]]],
    [{ setting: {} }, settings],
  ])('%j means these settings', (selection, wanted) => {
    expect(settingsOf(selection)).toEqual(wanted.map((each) => JSON.stringify((each as (typeof settings)[0]).setting)));
  });

  it('refuses what is not there with a suggestion, with what there is, and with the option that chooses', () => {
    expect(refusal(() => chosen({ method: ['sice'] }))).toBe(
      'Run r has no method "sice". Did you mean "sise"? There are: sise, sise fusion=simple, random, sise t=0, sise t=1.',
    );
    expect(refusal(() => chosen({ keep: ['0.35'] }))).toBe(
      'Run r has no keep setting "0.35". Did you mean "0.3"? There are: 0.3, >0, 0.1.',
    );
    expect(refusal(() => chosen({ keep: ['a third'] }))).toBe(
      'keep "a third": expected a keep fraction such as 0.3, or a keep threshold such as ">0".',
    );
    expect(refusal(() => chosen({ setting: { keepFraction: 0.7 } }))).toContain('Run r has no setting');
    expect(refusal(() => chosen({ evaluation: [9] }))).toContain('There are: 0, 1, 2, 3, 4, 5.');
  });

  it('says with which other options a name is not there', () => {
    expect(refusal(() => chosen({ dataset: ['digits'], method: ['sise t=0'] }))).toBe(
      'Run r has no method "sise t=0" with data set "digits". Did you mean "sise"? There are: sise, sise fusion=simple, random.',
    );
    expect(refusal(() => chosen({ metric: ['pointing-game'], keep: ['0.3'] }))).toBe(
      'Run r has no keep setting "0.3" with metric "pointing-game". Nothing there has a keep setting.',
    );
  });
});

describe('a selection as options of the command', () => {
  it('names each option as the command does', () => {
    expect(selectionOptions({ dataset: ['digits'], scoredClass: ['0', 'label'], keep: ['0.3'] })).toEqual(
      '--dataset digits --scored-class 0 --scored-class label --keep 0.3'.split(' '),
    );
  });
});

describe('choosing one evaluation', () => {
  it('takes the shortest selection that means it and no other, which chooses it again', () => {
    const options = evaluations.map((one) => selectionOptions(selectionThatChooses(one, evaluations)).join(' '));
    expect(options).toEqual(
      [
        '--method sise --dataset digits',
        '--method sise fusion=simple',
        '--method random --dataset digits',
        '--method sise t=0',
        '--method sise t=1',
        '--model cnn --dataset patches',
      ]
        .map((text) => (text.startsWith('--model') ? '--method random --dataset patches' : text))
        .map((text) =>
          // Options come in the order in which they narrow down.
          text.replace(/^(--method [^-]+) (--dataset \w+)$/, '$2 $1'),
        ),
    );
    for (const one of evaluations) expect(chosen(selectionThatChooses(one, evaluations))).toEqual([one.evaluation]);
  });

  it('falls back on its number where nothing else tells it apart', () => {
    const twins = [evaluations[0], { ...evaluations[0], evaluation: 1 }].filter((one): one is Selectable => one !== undefined);
    expect(twins.map((one) => selectionThatChooses(one, twins))).toEqual([{ evaluation: [0] }, { evaluation: [1] }]);
  });

  it('says what chooses each where several fit', () => {
    expect(chooseOne(evaluations, ({ evaluation }) => evaluation === 3, 'run r')).toBe(evaluations[3]);
    expect(refusal(() => chooseOne(evaluations, ({ method }) => method === 'random', 'run r'))).toBe(
      '2 evaluations of run r fit. Choose one of them by:\n  --dataset digits --method random\n  --dataset patches --method random',
    );
  });
});
