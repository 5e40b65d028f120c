import type { Config } from 'vega-lite';

/** One size system for all figures: three widths (in CSS pixels, as are all sizes here) and three sizes of type. */
export const widths = { half: 350, full: 720 } as const;
export const typeSizes = { small: 10, label: 11.5, title: 14 } as const;

export const fontFamily = 'Source Sans 3';
const fonts = `'${fontFamily}', 'Source Sans Pro', 'Helvetica Neue', Arial, sans-serif`;

/** Contrast with white: ink 16:1, faint ink 5:1, rules 1.5:1. */
export const colours = {
  ink: '#1a1a1a',
  faintInk: '#5f6368',
  rule: '#d5d8dc',
  faded: '#b3b8bd',
  accent: '#0b5fa5',
  second: '#d1711f',
};

/** A pale accent, for areas. */
export const paleAccent = '#8fb4d6';

/** Vega's markers end after eight shapes that can be filled. */
const STAR = 'M0,-1L0.29,-0.4L0.95,-0.31L0.47,0.15L0.59,0.81L0,0.5L-0.59,0.81L-0.47,0.15L-0.95,-0.31L-0.29,-0.4Z';
const HEXAGON = 'M0,-0.9L0.78,-0.45L0.78,0.45L0,0.9L-0.78,0.45L-0.78,-0.45Z';

/**
 * Ten series that can be distinguished: hues after Okabe and Ito (2008) with the pale ones darkened to 3:1 on white, in the order
 * of their lightness; in black and white by dash and marker. [dash]: lengths of strokes and gaps.
 */
export const seriesColours = [
  '#000000',
  '#5b2a86',
  '#0b5fa5',
  '#b3261e',
  '#00796b',
  '#c2571a',
  '#9c6ade',
  '#3a8fc7',
  '#b8860b',
  '#8a8f94',
];
export const seriesDashes = [[], [7, 3], [2, 2], [9, 3, 2, 3], [5, 2], [1, 3], [12, 3], [7, 2, 2, 2, 2, 2], [4, 4], [3, 1]];
export const seriesMarkers = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
  STAR,
  HEXAGON,
];

/**
 * The colours of a dark page, with the same contrast as on a light page. Colours that stand for values, and the text on them,
 * stay as they are.
 */
export const darkColours: Readonly<Record<string, string>> = {
  '#ffffff': '#16181b',
  [colours.ink]: '#e9e9ea',
  [colours.faintInk]: '#a8adb3',
  [colours.rule]: '#3a3f45',
  [colours.faded]: '#5d646b',
  [colours.accent]: '#5aa9e6',
  [colours.second]: '#f0a050',
  [paleAccent]: '#2f5f8a',
  ...{ '#000000': '#ffffff', '#5b2a86': '#b98ae8', '#b3261e': '#ff7b72', '#00796b': '#4db6a4', '#c2571a': '#f0883e' },
  ...{ '#9c6ade': '#d2a8ff', '#3a8fc7': '#9fd3ff', '#b8860b': '#e3b341', '#8a8f94': '#a9b0b7' },
};

/** Sequential shades, light to dark, so that they read the same in print. */
export const shades = ['#fdfdfe', '#dbe7f3', '#a9c8e3', '#6ba3ce', '#2f76b0', '#0c4a85', '#082f5b'];

/** The colours of text on dark and light shades. */
export const onShades = { dark: '#1b1b1b', light: '#fefefe' };

export const chartConfig: Config = {
  font: fonts,
  background: '#ffffff',
  padding: 8,
  aria: false,
  view: { stroke: null },
  title: {
    fontSize: typeSizes.title,
    fontWeight: 600,
    color: colours.ink,
    anchor: 'start',
    offset: 10,
    subtitleFontSize: typeSizes.label,
    subtitleColor: colours.faintInk,
    subtitlePadding: 4,
  },
  axis: {
    labelFontSize: typeSizes.label,
    titleFontSize: typeSizes.label,
    titleFontWeight: 600,
    labelColor: colours.ink,
    titleColor: colours.ink,
    domainColor: colours.faintInk,
    tickColor: colours.faintInk,
    gridColor: colours.rule,
    gridDash: [1, 2],
    titlePadding: 6,
    tickSize: 4,
  },
  legend: {
    labelFontSize: typeSizes.label,
    titleFontSize: typeSizes.label,
    titleFontWeight: 600,
    labelColor: colours.ink,
    titleColor: colours.ink,
    labelLimit: 220,
    symbolStrokeWidth: 1.8,
    symbolSize: 70,
    rowPadding: 3,
  },
  text: { fontSize: typeSizes.label, color: colours.ink },
  line: { strokeWidth: 1.8 },
  header: { labelFontSize: typeSizes.label, labelFontWeight: 600, labelColor: colours.ink, titleFontSize: typeSizes.label },
};
