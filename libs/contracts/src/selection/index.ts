export { chooseOne, selectionOptions, selectionThatChooses } from './choose-one.js';
export { listed, quoted, select } from './select.js';
export { selectionOf, selectionSchema, type Selectable, type Selection } from './selection.js';
export { plainText } from './setting-texts.js';
