import { fileURLToPath } from 'node:url';
import { variables } from '@xaigrid/service';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { natsUsers, readText } from './manifest-files.js';

const path = fileURLToPath(new URL('../../docs/deployment.md', import.meta.url));
const text = readText('../docs/deployment.md');

it('lists every environment variable of the services, with what --help says of it', async () => {
  const rows = Object.entries(variables).map(([name, { help }]) => `| \`${name}\` | ${help} |`);
  const table = ['| Variable | |', '| --- | --- |', ...rows].join('\n');
  const filled = text.replace(
    /(<!-- variables: [^\n]*-->\n)[^]*(<!-- end of variables -->)/,
    (_, start: string, end: string) => `${start}\n${table}\n\n${end}`,
  );
  // `-u` writes it.
  await expect(await format(filled, { parser: 'markdown', printWidth: 130 })).toMatchFileSnapshot(path);
});

it('names every secret that NATS and Postgres ask for', () => {
  const roles = readText('postgres/roles.sql').matchAll(/^\\getenv \w+ (\w+)$/gm);
  const wanted = [...natsUsers().values(), ...[...roles].map(([, name = '']) => name)];
  expect(wanted.filter((name) => !text.includes(`${name}=`))).toEqual([]);
});

it('names only files that exist', () => {
  for (const [, name = ''] of text.matchAll(/\b(infra\/[\w./-]*\w)/g))
    expect(() => readText(`../${name}`), name).not.toThrow(/ENOENT/);
});
