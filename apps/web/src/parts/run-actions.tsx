import { ActionIcon, Button, Group, Menu, Modal, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { call } from '../api/client.js';
import { isUnderWay, type RunSummary } from '../api/queries.js';
import { useMayWrite } from './role.js';
import { Failed } from './states.js';

/** What can be done with a run: cancel, resume, rename, tag, note, remove. Nothing for readers. */
export function RunActions({ run }: { readonly run: RunSummary }): ReactNode {
  return useMayWrite() ? <ActionsMenu run={run} /> : null;
}

function ActionsMenu({ run }: { readonly run: RunSummary }): ReactNode {
  const [edits, editing] = useDisclosure();
  const [removes, removing] = useDisclosure();
  const [cancels, cancelling] = useDisclosure();
  const change = useRunChange();
  const canResume = ['interrupted', 'cancelled', 'failed', 'done-with-failures'].includes(run.state);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions on ${run.name}`}>
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden>
              {[3, 8, 13].map((y) => (
                <circle key={y} cx="8" cy={y} r="1.5" fill="currentColor" />
              ))}
            </svg>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={editing.open}>Name, note and tags …</Menu.Item>
          {isUnderWay(run.state) ? <Menu.Item onClick={cancelling.open}>Cancel …</Menu.Item> : null}
          {canResume ? (
            <Menu.Item
              onClick={() => change.mutate(() => call('resumeRun', { params: { id: run.id }, body: { retryFailed: true } }))}
            >
              Resume{run.state === 'done-with-failures' ? ', trying failed samples again' : ''}
            </Menu.Item>
          ) : null}
          {isUnderWay(run.state) ? null : (
            <Menu.Item color="red" onClick={removing.open}>
              Remove …
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {change.error === null ? null : (
        <Modal opened onClose={() => change.reset()} title={`${run.name}: not done`}>
          <Failed error={change.error} />
        </Modal>
      )}
      <EditRun key={`${run.id} ${String(edits)}`} run={run} opened={edits} close={editing.close} />
      <Confirm
        opened={cancels}
        close={cancelling.close}
        title={`Cancel ${run.name}?`}
        action="Cancel the run"
        keep="Let it go on"
        onConfirm={() => call('cancelRun', { params: { id: run.id } })}
      >
        Maps and scores that are stored are kept. The run can be resumed.
      </Confirm>
      <Confirm
        opened={removes}
        close={removing.close}
        title={`Remove ${run.name}?`}
        action="Remove the run"
        keep="Keep it"
        goHome
        onConfirm={() => call('removeRun', { params: { id: run.id } })}
      >
        Its spec, name, note and tags are lost, and it is in no list any more. Its maps and scores stay in the store, and other
        runs go on using them, until <code>xaigrid gc</code> removes what no run refers to. This cannot be undone.
      </Confirm>
    </>
  );
}

/** Does something with a run, then reads everything again. */
function useRunChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSettled: () => queries.invalidateQueries(),
  });
}

interface ConfirmProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly action: string;
  readonly keep: string;
  readonly goHome?: boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly children: ReactNode;
}

function Confirm({ opened, close, title, action, keep, goHome = false, onConfirm, children }: ConfirmProps): ReactNode {
  const change = useRunChange();
  const navigate = useNavigate();
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <Stack>
        <Text size="sm">{children}</Text>
        {change.error === null ? null : <Failed error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {keep}
          </Button>
          <Button
            color="red"
            loading={change.isPending}
            onClick={() =>
              change.mutate(async () => {
                await onConfirm();
                close();
                if (goHome) await navigate({ to: '/' });
              })
            }
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function EditRun({
  run,
  opened,
  close,
}: {
  readonly run: RunSummary;
  readonly opened: boolean;
  readonly close: () => void;
}): ReactNode {
  const [name, setName] = useState(run.name);
  const [note, setNote] = useState(run.note);
  const [tags, setTags] = useState([...run.tags]);
  const change = useRunChange();
  const save = () =>
    change.mutate(async () => {
      const wanted = tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
      const body = {
        ...{ name, note },
        addTags: wanted.filter((tag) => !run.tags.includes(tag)),
        removeTags: run.tags.filter((tag) => !wanted.includes(tag)),
      };
      await call('editRun', { params: { id: run.id }, body });
      close();
    });
  return (
    <Modal opened={opened} onClose={close} title="Name, note and tags">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label="Note"
            autosize
            minRows={2}
            maxLength={10_000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <TagsInput
            label="Tags"
            description="Words without comma; Enter adds one"
            value={tags}
            onChange={setTags}
            splitChars={[',', ' ']}
          />
          {change.error === null ? null : <Failed error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
