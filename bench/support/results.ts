import { readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { CaseOutcome } from './bench-case.ts';

export interface CaseResult extends CaseOutcome {
  /** ISO 8601. */
  readonly measured_at: string;
}

const MachineFacts = z.object({
  cores: z.int(),
  processor: z.string(),
  memory_gb: z.number(),
  system: z.string(),
  node: z.string(),
});
type MachineFacts = z.infer<typeof MachineFacts>;

const Kept = z.object({
  machine: MachineFacts,
  cases: z.record(z.string(), z.looseObject({ measured_at: z.string() })),
});

export function machineFacts(): MachineFacts {
  const [first] = cpus();
  return {
    cores: cpus().length,
    processor: first?.model.trim() ?? '',
    memory_gb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
  };
}

/** Puts the results of cases into the file; those of other cases stay if this machine made them. */
export async function keepResults(
  file: string,
  machine: MachineFacts,
  cases: Readonly<Record<string, CaseResult>>,
): Promise<void> {
  const kept = await readFile(file, 'utf8').then(parse, () => null);
  const others = isDeepStrictEqual(kept?.machine, machine) ? kept?.cases : {};
  const text = JSON.stringify({ machine, cases: { ...others, ...cases } }, null, 2);
  await writeFile(`${file}.tmp`, `${text}\n`);
  await rename(`${file}.tmp`, file);
}

function parse(text: string) {
  return Kept.safeParse(JSON.parse(text)).data ?? null;
}
