import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef, type KeyboardEvent, type RefObject } from 'react';

interface GridOptions {
  readonly list: RefObject<HTMLElement | null>;
  /** How many rows there are, also those that are not drawn. */
  readonly count: number;
  /** The first row in sight. */
  readonly first: number;
  readonly scrollTo: (row: number) => void;
}

/** Rows that Page up and Page down go. */
const PAGE_ROWS = 5;

/**
 * Moves the focus among the links of rows that are drawn only where they are in sight: up and down from row to row, left and right
 * among the links of one. An element with `data-index` is a row.
 */
export function useGridKeys({ list, count, first, scrollTo }: GridOptions): {
  readonly onKeyDown: (event: KeyboardEvent) => void;
} {
  const wanted = useRef<{ readonly row: number; readonly column: number }>(undefined);
  const linksOf = (row: number): HTMLElement[] => [
    ...(list.current?.querySelectorAll<HTMLElement>(`[data-index="${row}"] a`) ?? []),
  ];

  function focus(row: number, column: number): boolean {
    const links = linksOf(row);
    const link = links[Math.max(0, Math.min(links.length - 1, column))];
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    return link !== undefined;
  }

  function go(row: number, column: number): void {
    const to = Math.max(0, Math.min(count - 1, row));
    wanted.current = undefined;
    if (focus(to, column)) return;
    // It is drawn once it has been scrolled to.
    wanted.current = { row: to, column };
    scrollTo(to);
  }

  useEffect(() => {
    if (wanted.current !== undefined && focus(wanted.current.row, wanted.current.column)) wanted.current = undefined;
  });

  // From where nothing has the focus, into the list.
  useHotkeys([
    [
      'ArrowDown',
      (event) => {
        if (document.activeElement !== document.body || count === 0) return;
        event.preventDefault();
        go(first, 0);
      },
      { preventDefault: false },
    ],
  ]);

  return {
    onKeyDown(event) {
      const at = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-index]') : null;
      if (at === null || event.altKey || event.ctrlKey || event.metaKey) return;
      const row = Number(at.dataset.index);
      const column = Math.max(0, linksOf(row).indexOf(event.target as HTMLElement));
      const moves: Readonly<Record<string, readonly [number, number]>> = {
        ArrowDown: [row + 1, column],
        ArrowUp: [row - 1, column],
        ArrowRight: [row, column + 1],
        ArrowLeft: [row, column - 1],
        PageDown: [row + PAGE_ROWS, column],
        PageUp: [row - PAGE_ROWS, column],
        Home: [0, column],
        End: [count - 1, column],
      };
      const move = moves[event.key];
      if (move === undefined) return;
      event.preventDefault();
      go(...move);
    },
  };
}
