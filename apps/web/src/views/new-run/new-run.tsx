import { Alert, Button, Group, Menu, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState, type ReactNode } from 'react';
import { call } from '../../api/client.js';
import {
  runQuery,
  specCheckQuery,
  sessionQuery,
  specSchemaQuery,
  storedInputsQuery,
  type StoredInputs,
} from '../../api/queries.js';
import { Failed, Loading } from '../../parts/states.js';
import { PlanView } from './plan-view.js';
import { entryText, key, modelEntry, templates } from './templates.js';

/** The editor is loaded when this view is opened. */
const SpecEditor = lazy(() => import('./spec-editor.js'));
const route = getRouteApi('/new');
/** A pause in typing after which the text is checked, in milliseconds. */
const PAUSE = 400;

/** Write a spec, see what it takes, start it. */
export function NewRun(): ReactNode {
  useDocumentTitle('New run – xaigrid');
  const session = useQuery(sessionQuery);
  if (session.data === undefined)
    return session.error === null ? <Loading what="what you may do" /> : <Failed error={session.error} />;
  if (session.data.role === 'reader')
    return <Text>You are logged in as a reader: you see everything and can start nothing.</Text>;
  return <Editing />;
}

function Editing(): ReactNode {
  const { from } = route.useSearch();
  const schema = useQuery(specSchemaQuery);
  const inputs = useQuery(storedInputsQuery);
  const former = useQuery({ ...runQuery(from ?? ''), enabled: from !== undefined });
  const failed = schema.error ?? inputs.error ?? former.error;
  if (schema.data === undefined || inputs.data === undefined || (from !== undefined && former.data === undefined))
    return failed === null ? (
      <Loading what="what specs can say" />
    ) : (
      <Failed
        error={failed}
        again={() => void Promise.all([schema.refetch(), inputs.refetch(), ...(from === undefined ? [] : [former.refetch()])])}
      />
    );
  const first = former.data?.specText ?? templates[0]?.spec(inputs.data) ?? '';
  return <Draft key={from} first={first} schema={schema.data} inputs={inputs.data} />;
}

interface DraftProps {
  readonly first: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly inputs: StoredInputs;
}

function Draft({ first, schema, inputs }: DraftProps): ReactNode {
  const [text, setText] = useState(first);
  const [settled] = useDebouncedValue(text, PAUSE);
  const check = useQuery(specCheckQuery(settled));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const plan = useMutation({ mutationFn: (spec: string) => call('planSpec', { body: { spec } }) });
  const start = useMutation({
    mutationFn: (spec: string) => call('submitRun', { body: { spec } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs/$id', params: { id } });
    },
  });
  const isPlanned = plan.variables === text;
  const planned = isPlanned ? plan.data : undefined;
  // A plan finds what the check of the text cannot.
  const problems = planned?.problems ?? (settled === text ? check.data?.problems : undefined) ?? none;
  const moreValues = useCallback((name: string, spec: string) => valuesOf(name, spec, inputs), [inputs]);
  const change = (next: string): void => {
    setText(next);
    start.reset();
  };
  return (
    <Stack>
      <Group justify="space-between" align="end">
        <Title order={1} size="h2">
          New run
        </Title>
        <Group gap="xs">
          <Templates inputs={inputs} onChoose={change} />
          <StoredMenu inputs={inputs} onChoose={(part) => change(withEntry(text, part))} />
        </Group>
      </Group>
      <Text size="sm" className="faint" id="spec-keys">
        Ctrl-Space completes; Escape, then Tab leaves the editor. Mistakes are marked at their lines.
      </Text>
      <Suspense fallback={<Loading what="the editor" />}>
        <SpecEditor text={text} onChange={change} schema={schema} moreValues={moreValues} problems={problems} />
      </Suspense>
      <Problems problems={problems} />
      {check.error === null ? null : <Failed error={check.error} again={() => void check.refetch()} />}
      <Group>
        <Button variant="default" loading={plan.isPending} disabled={text.trim() === ''} onClick={() => plan.mutate(text)}>
          Plan it
        </Button>
        <Button loading={start.isPending} disabled={problems.length > 0 || text.trim() === ''} onClick={() => start.mutate(text)}>
          Start the run
        </Button>
      </Group>
      {plan.error === null || !isPlanned ? null : <Failed error={plan.error} again={() => plan.mutate(text)} />}
      {start.error === null ? null : <Failed error={start.error} />}
      {planned?.plan === undefined ? null : <PlanView plan={planned.plan} />}
    </Stack>
  );
}

const none: readonly never[] = [];

function Problems({
  problems,
}: {
  readonly problems: readonly { readonly code: string; readonly line?: number; readonly message: string }[];
}): ReactNode {
  if (problems.length === 0) return null;
  return (
    <Alert
      color="red"
      role="alert"
      title={problems.length === 1 ? 'One thing to correct' : `${problems.length} things to correct`}
    >
      <ul style={{ margin: 0, paddingLeft: '1.2rem' }}>
        {problems.map(({ code, message }) => (
          <li key={message} className="wrap">
            {code}: {message}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function Templates({
  inputs,
  onChoose,
}: {
  readonly inputs: StoredInputs;
  readonly onChoose: (spec: string) => void;
}): ReactNode {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="xs">
          Templates
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {templates.map(({ name, spec }) => (
          <Menu.Item key={name} onClick={() => onChoose(spec(inputs))}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface Part {
  readonly section: 'models' | 'datasets';
  readonly name: string;
  readonly entry: string;
}

interface StoredMenuProps {
  readonly inputs: StoredInputs;
  readonly onChoose: (part: Part) => void;
}

/** Models and data sets of earlier runs, to put into the spec. */
function StoredMenu({ inputs: { models, datasets }, onChoose }: StoredMenuProps): ReactNode {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="xs" disabled={models.length + datasets.length === 0}>
          Stored files
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="24rem" style={{ overflowY: 'auto' }}>
        <Menu.Label>Models</Menu.Label>
        {models.map((model) => (
          <Menu.Item key={model.path} onClick={() => onChoose({ section: 'models', name: model.name, entry: modelEntry(model) })}>
            {model.name}
            <Text size="xs" className="faint wrap">
              {model.path}
            </Text>
          </Menu.Item>
        ))}
        <Menu.Label>Data sets</Menu.Label>
        {datasets.map(({ name, size, entry }) => (
          <Menu.Item key={JSON.stringify(entry)} onClick={() => onChoose({ section: 'datasets', name, entry: entryText(entry) })}>
            {name}, {size} samples
            <Text size="xs" className="faint wrap" maw="22rem" lineClamp={2}>
              {entryText(entry)}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The spec with an entry below `models:` or `datasets:`; a name that is taken gets a number. */
function withEntry(text: string, { section, name, entry }: Part): string {
  const taken = namesIn(text, section);
  let free = name;
  for (let number = 2; taken.includes(free); number += 1) free = `${name}-${number}`;
  const line = `  ${key(free)}: ${entry}`;
  const heading = new RegExp(String.raw`^${section}:[ \t]*$`, 'm');
  return heading.test(text) ? text.replace(heading, () => `${section}:\n${line}`) : `${text.trimEnd()}\n${section}:\n${line}\n`;
}

/** The names below `models:` or `datasets:`. */
function namesIn(text: string, section: string): string[] {
  const block = new RegExp(String.raw`^${section}:[ \t]*\n((?:[ \t]+.*\n?|[ \t]*#.*\n?|\n)*)`, 'm').exec(`${text}\n`)?.[1] ?? '';
  return [...block.matchAll(/^ {2}"?([^\s":#][^":]*)"?:/gm)].map(([, name = '']) => name);
}

/** What the schema does not know: names that the spec gives, and paths of stored files. */
function valuesOf(name: string, spec: string, { models, datasets }: StoredInputs): { text: string; detail: string }[] {
  if (name === 'dataset' || name === 'model')
    return namesIn(spec, `${name}s`).map((text) => ({
      text,
      detail: `A ${name === 'model' ? 'model' : 'data set'} of this spec.`,
    }));
  if (name !== 'path') return [];
  const paths = datasets.flatMap(({ name: own, entry }) =>
    typeof entry.path === 'string' ? [{ text: entry.path, detail: `The stored data set ${own}.` }] : [],
  );
  return [...models.map(({ path, name: own }) => ({ text: path, detail: `The stored model ${own}.` })), ...paths];
}
