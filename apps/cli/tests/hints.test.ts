import { expect, it } from 'vitest';
import { calledAs } from '../src/hints.js';

it.each([
  ['by its name', {}, ['xaigrid']],
  ['npx xaigrid', { npm_lifecycle_event: 'npx', npm_lifecycle_script: "'xaigrid'" }, ['npx', 'xaigrid']],
  [
    'npm exec xaigrid of an older npm',
    { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'xaigrid "list"' },
    ['npx', 'xaigrid'],
  ],
  ['a program that npx started', { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'vitest run' }, ['xaigrid']],
  ['a script of somebody else', { npm_lifecycle_event: 'demo', npm_package_name: 'mine' }, ['xaigrid']],
  ['npm run demo', { npm_lifecycle_event: 'demo', npm_package_name: 'xaigrid-workspace' }, ['npx', 'xaigrid']],
])('hints call the program as it was called: %s', (_what, environment, words) => {
  expect(calledAs(environment)).toEqual(words);
});
