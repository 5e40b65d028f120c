import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import type * as Plots from '@observablehq/plot';
import { useEffect, useRef, type ReactNode } from 'react';
import { nonce } from '../parts/nonce.js';

export type Plot = typeof Plots;

/** The colours of lines in their order: the scheme `tableau10`. */
export const lineColours = [
  '#4e79a7',
  '#f28e2c',
  '#e15759',
  '#76b7b2',
  '#59a14f',
  '#edc949',
  '#af7aa1',
  '#ff9da7',
  '#9c755f',
  '#bab0ab',
];

interface PlotFigureProps {
  /** What the picture shows, for those who do not see it. A table beside it has the numbers. */
  readonly label: string;
  /** Draws the picture; the same function as long as nothing changes. `width` is in pixels. */
  readonly draw: (plot: Plot, width: number) => SVGSVGElement | HTMLElement;
}

/** A picture as wide as its place. Its library is loaded with the first one. */
export function PlotFigure({ label, draw }: PlotFigureProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  useEffect(() => {
    if (width === 0) return undefined;
    let isOver = false;
    void import('@observablehq/plot').then((plot) => {
      if (isOver || holder.current === null) return;
      const picture = draw(plot, width);
      // The library’s own style is let in by the nonce of the page.
      for (const style of picture.querySelectorAll('style')) style.nonce = nonce;
      // A group takes no name; the picture has one.
      for (const group of picture.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
      picture.setAttribute('role', 'img');
      picture.setAttribute('aria-label', label);
      holder.current.replaceChildren(picture);
    });
    return () => {
      isOver = true;
    };
  }, [label, draw, width, scheme]);
  return (
    <div ref={ref}>
      <div ref={holder} />
    </div>
  );
}
