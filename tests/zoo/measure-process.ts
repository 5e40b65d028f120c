// `measure-process.ts FOLDER`: measures what is in a folder, apart from the runner: what a model takes ends with it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measure } from './measure.js';

const [folder = ''] = process.argv.slice(2);
await writeFile(join(folder, 'result.json'), JSON.stringify(await measure(folder)));
