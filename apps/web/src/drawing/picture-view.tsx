import { useEffect, useRef, type ReactNode } from 'react';
import type { Picture } from './pictures.js';

/** A picture, a pixel a position, scaled to the room that it has. */
export function PictureView({
  picture,
  alt,
  smooth = false,
}: {
  readonly picture: Picture;
  readonly alt: string;
  readonly smooth?: boolean;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      width={picture.width}
      height={picture.height}
      role="img"
      aria-label={alt}
      className={smooth ? 'pixels smooth' : 'pixels'}
    />
  );
}
