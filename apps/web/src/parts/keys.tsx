import { ActionIcon, Kbd, Modal, Table, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** What marks the field that `/` goes to. */
export const searchField = { 'data-search': true };

/** The keys of each view. Tab and Enter work everywhere besides. */
const keys: readonly { readonly where: string; readonly keys: readonly (readonly [readonly string[], string])[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      [['?'], 'this list'],
      [['/'], 'to the search field; where a view has none, to that of the list of runs'],
      [['Esc'], 'closes what is open'],
    ],
  },
  {
    where: 'Samples of a run',
    keys: [
      [['↓', '↑'], 'the next sample, the one before; ↓ goes into the list'],
      [['→', '←'], 'its maps, one after the other'],
      [['Page down', 'Page up'], 'five samples further, five back'],
      [['Home', 'End'], 'the first sample, the last one'],
      [['Enter'], 'opens the sample'],
    ],
  },
  {
    where: 'A sample',
    keys: [[['←', '→'], 'the sample before, the next one']],
  },
  {
    where: 'Table',
    keys: [
      [['Enter'], 'on a heading: sorts by it'],
      [['Shift', 'Enter'], 'on a further heading: sorts by it too'],
    ],
  },
  {
    where: 'Spec of a new run',
    keys: [
      [['Ctrl', 'Space'], 'what can stand here'],
      [['Esc', 'Tab'], 'leaves the editor'],
    ],
  },
];

/** Opens by `?`, or by its button, and says what the keys do. */
export function KeysHelp(): ReactNode {
  const [opened, { open, close, toggle }] = useDisclosure();
  const navigate = useNavigate();
  useHotkeys([
    ['?', toggle],
    ['shift+?', toggle],
    [
      '/',
      () => {
        if (!focusSearch()) void navigate({ to: '/' }).then(() => requestAnimationFrame(focusSearch));
      },
    ],
  ]);
  return (
    <>
      <ActionIcon variant="default" size="lg" onClick={open} aria-label="Keys" title="Keys (?)">
        ?
      </ActionIcon>
      <Modal opened={opened} onClose={close} title="Keys" size="lg">
        {keys.map(({ where, keys: own }) => (
          <section key={where} aria-label={where}>
            <Text fw={600} size="sm" mt="sm">
              {where}
            </Text>
            <Table fz="sm" verticalSpacing={4}>
              <Table.Tbody>
                {own.map(([pressed, what]) => (
                  <Table.Tr key={what}>
                    <Table.Td w="11rem">
                      {pressed.map((key) => (
                        <Kbd key={key} mr={4}>
                          {key}
                        </Kbd>
                      ))}
                    </Table.Td>
                    <Table.Td>{what}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
        ))}
      </Modal>
    </>
  );
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>('[data-search]');
  field?.focus();
  return field !== null;
}
