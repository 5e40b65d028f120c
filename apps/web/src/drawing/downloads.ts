/** The least width of a PNG of an image, in pixels. */
const LEAST_WIDTH = 448;
/** Pixels a unit of a drawing. */
const SIGNAL_SCALE = 4;

/** Saves a drawing as PNG, as it is seen: its colours, its outline, nearest or smooth. @param holder of one canvas or one SVG */
export async function savePng(holder: Element, name: string): Promise<void> {
  const canvas = holder.querySelector('canvas');
  const made = canvas === null ? await signalPicture(holder) : imagePicture(canvas);
  const bytes = await new Promise<Blob | null>((resolve) => made.toBlob(resolve, 'image/png'));
  if (bytes !== null) save(bytes, `${name}.png`);
}

/** Saves the drawing of a signal as SVG. */
export function saveSvg(holder: Element, name: string): void {
  save(new Blob([svgText(holder)], { type: 'image/svg+xml' }), `${name}.svg`);
}

function save(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function blank(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser draws no pictures.');
  return [canvas, context];
}

function imagePicture(from: HTMLCanvasElement): HTMLCanvasElement {
  const scale = Math.max(1, Math.ceil(LEAST_WIDTH / from.width));
  const [made, context] = blank(from.width * scale, from.height * scale);
  context.imageSmoothingEnabled = from.classList.contains('smooth');
  context.drawImage(from, 0, 0, made.width, made.height);
  const outline = new Path2D();
  outline.addPath(new Path2D(from.dataset.outline), new DOMMatrix([scale, 0, 0, scale, 0, 0]));
  for (const [strokeStyle, lineWidth] of [
    ['#000000', 4],
    ['#ffffff', 1.5],
  ] as const) {
    Object.assign(context, { strokeStyle, lineWidth });
    context.stroke(outline);
  }
  return made;
}

async function signalPicture(holder: Element): Promise<HTMLCanvasElement> {
  const picture = new Image();
  const address = URL.createObjectURL(new Blob([svgText(holder)], { type: 'image/svg+xml' }));
  try {
    picture.src = address;
    await picture.decode();
    const [made, context] = blank(picture.width * SIGNAL_SCALE, picture.height * SIGNAL_SCALE);
    Object.assign(context, { fillStyle: '#ffffff' });
    context.fillRect(0, 0, made.width, made.height);
    context.drawImage(picture, 0, 0, made.width, made.height);
    return made;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The drawing on its own: with a size, and in black where the page has the colour of its text. */
function svgText(holder: Element): string {
  const found = holder.querySelector('svg');
  if (found === null) return '';
  const copy = found.cloneNode(true) as SVGSVGElement;
  const { width, height } = found.viewBox.baseVal;
  copy.removeAttribute('style');
  for (const [key, value] of Object.entries({ xmlns: 'http://www.w3.org/2000/svg', width, height, color: '#000000' }))
    copy.setAttribute(key, String(value));
  return new XMLSerializer().serializeToString(copy);
}
