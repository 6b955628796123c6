import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchContext } from './bench-case.ts';
import { Helper } from './helper.ts';
import { installed } from './installed.ts';

const run = promisify(execFile);

const SCRIPT = join(import.meta.dirname, '..', 'register.lua');
const FIGURES = /^FIGURES (.*)$/m;

const LoadFigures = z.object({
  requests: z.int().positive(),
  seconds: z.number().positive(),
  p99_ms: z.number(),
  /** Connections that broke, and answers other than 200. */
  errors: z.int(),
});
export type LoadFigures = z.infer<typeof LoadFigures>;

export interface LoadOptions {
  /** Of the server. */
  readonly url: string;
  readonly agents: number;
  readonly connections: number;
  readonly seconds: number;
  /** '' sends no Authorization header. */
  readonly secret: string;
}

/** Sends heartbeats as fast as they are answered. */
export interface HeartbeatLoad {
  readonly name: string;
  readonly run: (options: LoadOptions) => Promise<LoadFigures>;
}

/** wrk where it can be had, else a client of our own, which costs more of the shared processor. */
export async function heartbeatLoad(context: BenchContext): Promise<HeartbeatLoad> {
  const wrk = await installed('wrk', 'wrk', context);
  if (wrk === null) return { name: 'own raw-socket client', run: ownLoad(context) };
  return { name: 'wrk', run: (options) => wrkLoad(wrk, options, context) };
}

async function wrkLoad(
  wrk: string,
  { url, agents, connections, seconds, secret }: LoadOptions,
  { signal }: BenchContext,
): Promise<LoadFigures> {
  const own = [`${agents}`, ...(secret === '' ? [] : [secret])];
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', SCRIPT, url, '--'];
  const { stdout } = await run(wrk, [...args, ...own], { signal });
  return LoadFigures.parse(JSON.parse(FIGURES.exec(stdout)?.[1] ?? 'null'));
}

function ownLoad(context: BenchContext): HeartbeatLoad['run'] {
  return async (options) => {
    await using load = new Helper('register-load.process.ts', context);
    return await load.ask({ ...options, port: Number(new URL(options.url).port) }, LoadFigures);
  };
}
