import { useEffect, useRef, type ReactNode } from 'react';
import type { Picture } from './pictures.js';

/** A picture, a pixel a position, scaled to the room that it has. */
export function PictureView({
  picture,
  alt,
  smooth = false,
  outline = '',
}: {
  readonly picture: Picture;
  readonly alt: string;
  readonly smooth?: boolean;
  /** A path over it, a unit a position. */
  readonly outline?: string;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, data } = picture;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [data, width, height]);
  return (
    <div style={{ position: 'relative' }}>
      <canvas
        ref={canvas}
        {...{ width, height }}
        data-outline={outline}
        role="img"
        aria-label={outline === '' ? alt : `${alt}, with the outline of the region`}
        className={smooth ? 'pixels smooth' : 'pixels'}
      />
      {outline === '' ? null : (
        <svg viewBox={`0 0 ${width} ${height}`} aria-hidden className="outline">
          <path d={outline} className="under" />
          <path d={outline} />
        </svg>
      )}
    </div>
  );
}
