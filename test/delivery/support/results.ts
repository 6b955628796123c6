import { readFile, rename, writeFile } from 'node:fs/promises';
import { DeliveryResults } from '../../../docs/delivery-matrix.ts';

/** What the last runs of the cases at their full size have shown; nothing when there was none. */
async function readResults(path: string): Promise<DeliveryResults> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  return DeliveryResults.parse(JSON.parse(text));
}

/** Only cases of these names are kept, in this order. */
export async function keepResult(
  path: string,
  result: DeliveryResults,
  names: readonly string[],
): Promise<void> {
  const known = { ...(await readResults(path)), ...result };
  const kept = names.flatMap((name) => {
    const of = known[name];
    return of === undefined ? [] : [[name, of] as const];
  });
  await writeFile(`${path}.tmp`, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
  await rename(`${path}.tmp`, path);
}
