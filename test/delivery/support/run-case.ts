import type { DeliveryCase, Size } from './delivery-case.ts';
import { examine, type Verdict } from './examine.ts';
import { Scene } from './scene.ts';
import { seededRandom } from './seeded-random.ts';

export interface CaseRun {
  readonly seed: number;
  readonly seconds: number;
  readonly verdicts: readonly Verdict[];
}

/** What went wrong, where everything still lies, and by which seed it happens again. */
export class CaseFailure extends Error {
  /** In short. */
  readonly reason: string;
  readonly verdicts: readonly Verdict[];

  constructor(message: string, failed: { readonly cause: unknown; verdicts: readonly Verdict[] }) {
    super(message, { cause: failed.cause });
    this.reason = reasonOf(failed.cause);
    this.verdicts = failed.verdicts;
  }
}

/**
 * Plays a case and counts what arrived.
 * @throws CaseFailure when something was lost, doubled, out of order or strange, or when the
 * program did not do what the case waited for.
 */
export async function runCase(played: DeliveryCase, size: Size, seed: number): Promise<CaseRun> {
  const startMs = performance.now();
  const scene = await Scene.create(seededRandom(seed, played.name));
  const verdicts: Verdict[] = [];
  try {
    await using stage = scene;
    const delivered = await played.run(stage, size);
    // Sinks are counted when nobody writes to them any more.
    await stage.program.end('SIGTERM');
    for (const sink of delivered) verdicts.push(await examine(sink));
    const failed = verdicts.filter(({ passed }) => !passed);
    if (failed.length > 0) throw new Error(failed.map(lineOf).join('\n'));
  } catch (thrown) {
    throw await explained(thrown, { played, scene, seed, verdicts });
  }
  await scene.program.remove();
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  return { seed, seconds, verdicts };
}

function lineOf({ sink, expected, lost, doubled, ...rest }: Verdict): string {
  const { out_of_order, strange, doubled_max, details } = rest;
  return [
    `${sink}: of ${expected} lines ${lost} lost, ${doubled} doubled (${doubled_max} allowed), ` +
      `${out_of_order} out of order, ${strange} strange`,
    ...details.map((detail) => `  ${detail}`),
  ].join('\n');
}

interface Failed {
  readonly played: DeliveryCase;
  readonly scene: Scene;
  readonly seed: number;
  readonly verdicts: readonly Verdict[];
}

async function explained(
  thrown: unknown,
  { played, scene, seed, verdicts }: Failed,
): Promise<CaseFailure> {
  const message =
    `${played.name}: ${reasonOf(thrown)}\n` +
    `play it again with SEED=${seed}; all files are in ${scene.dir}\n` +
    `the end of the program's log:\n${await scene.logTail()}`;
  return new CaseFailure(message, { cause: thrown, verdicts });
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
