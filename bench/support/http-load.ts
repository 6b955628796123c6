import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchContext } from './bench-case.ts';
import { Helper } from './helper.ts';
import { installed } from './installed.ts';

const run = promisify(execFile);

const SCRIPT = join(import.meta.dirname, '..', 'requests.lua');
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
  readonly connections: number;
  readonly seconds: number;
}

interface PreparedRequest {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  /** '': none. */
  readonly body: string;
  /** '' sends no Authorization header. */
  readonly token: string;
}

/** Sends prepared requests in turns, as fast as they are answered. */
export interface HttpLoad {
  readonly name: string;
  /** Prepares requests once for any number of runs. */
  readonly prepare: (requests: readonly PreparedRequest[]) => Promise<PreparedLoad>;
}

export interface PreparedLoad {
  readonly run: (options: LoadOptions) => Promise<LoadFigures>;
}

/** wrk where it can be had, else a client of our own, which costs more of the shared processor. */
export async function httpLoad(context: BenchContext): Promise<HttpLoad> {
  const wrk = await installed('wrk', 'wrk', context);
  return {
    name: wrk === null ? 'own raw-socket client' : 'wrk',
    prepare: async (requests) => {
      const file = join(await mkdtemp(join(context.dir, 'load-')), 'requests');
      await writeFile(file, requests.map((request) => `${textOf(request)}\0`).join(''));
      return { run: (options) => (wrk === null ? ownLoad : wrkLoad(wrk))(options, file, context) };
    },
  };
}

function textOf({ method, path, body, token }: PreparedRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(token === '' ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

type Load = (options: LoadOptions, file: string, context: BenchContext) => Promise<LoadFigures>;

function wrkLoad(wrk: string): Load {
  return async ({ url, connections, seconds }, file, { signal }) => {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', SCRIPT, url, '--'];
    const { stdout } = await run(wrk, [...args, file], { signal });
    return LoadFigures.parse(JSON.parse(FIGURES.exec(stdout)?.[1] ?? 'null'));
  };
}

const ownLoad: Load = async ({ url, connections, seconds }, file, context) => {
  await using load = new Helper('http-load.process.ts', context);
  const port = Number(new URL(url).port);
  return await load.ask({ port, file, connections, seconds }, LoadFigures);
};
