import { parentPort, workerData } from 'node:worker_threads';
import { accessParser, FORMS, type Form } from './support/parsing.ts';

/** Parses what it is handed and hands back the JSON; memory changes hands, nothing is copied. */
const parse = accessParser(isForm(workerData) ? workerData : 'bytes');

parentPort?.on('message', (lines: Uint8Array<ArrayBuffer>) => {
  const json = new Uint8Array(parse(lines));
  parentPort?.postMessage([lines, json], [lines.buffer, json.buffer]);
});

function isForm(value: unknown): value is Form {
  return typeof value === 'string' && Object.hasOwn(FORMS, value);
}
