import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Cluster, waitForSlaves } from '../support/cluster.ts';
import type { FleetProcess, Json } from '../support/fleet-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { differences } from './compare.ts';
import { GoErrorsResult, GoRunnerConfig, GoRunnerStatus, goParse } from './go-decoder.ts';

const Recorded = z.array(
  z.object({
    section: z.number(),
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']),
    to: z.enum(['master', 'slave1', 'slave2']),
    path: z.string(),
    contentType: z.string().optional(),
    body: z.string().optional(),
    status: z.number(),
    answer: z.unknown(),
  }),
);
type Recorded = z.infer<typeof Recorded>[number];

/** Where the original is wrong, ours says something else; each row says what, and why. */
const OURS: readonly {
  readonly request: string;
  /** Its place among the recorded ones, where the same request is asked more than once. */
  readonly at?: number;
  readonly status: number;
  readonly answer: Json;
  readonly why: string;
}[] = [
  {
    request: 'GET /logkit/cluster/slaves?url={slave2.host}',
    status: 200,
    answer: { code: 'L200', data: [{ url: '{slave2}', tag: 't2', status: 'ok' }] },
    why: 'a missing http:// names the same agent',
  },
  {
    request: 'GET /logkit/cluster/config/nosuch',
    status: 400,
    answer: { code: 'L2014' },
    why: 'the documented spelling of the route is served too',
  },
  ...['{"tag":"nourl"}', '{}', 'null'].map((body) => ({
    request: `POST /logkit/cluster/register ${body}`,
    status: 400,
    answer: { code: 'L2004' },
    why: 'an agent without a url cannot be called; the original lists it as http://',
  })),
  {
    request: 'GET /logkit/cluster/slaves',
    at: 53,
    status: 200,
    answer: {
      code: 'L200',
      data: [
        { url: '{slave1}', tag: 't1', status: 'ok' },
        { url: '{slave2}', tag: 't2', status: 'ok' },
        { url: 'http://127.0.0.1:19991', tag: 'slash', status: 'ok' },
        { url: 'https://127.0.0.1:19992', tag: '', status: 'ok' },
        { url: 'http://127.0.0.1:19994', tag: 'form', status: 'ok' },
        { url: 'http://127.0.0.1:19995', tag: 't1', status: 'ok' },
      ],
    },
    why: 'a trailing slash names the same agent, a form is read, and nobody is http://',
  },
  {
    request: 'POST /logkit/cluster/configs/..%2f..%2fevil',
    status: 400,
    answer: { code: 'L2006' },
    why: 'no path can be formed from a name; the original breaks on the percent sign',
  },
  {
    request: 'POST /logkit/parser/parse {"type":"json","sampleLog":"not json"}',
    status: 400,
    answer: { code: 'L1201' },
    why: 'the JSON library of each has its own words for what is no JSON',
  },
];

/** Fields that the original gets wrong, by the end of their path. */
const WRONG_FIELDS: readonly { readonly field: RegExp; readonly why: string }[] = [
  { field: /\.status\.r2g\./, why: 'the original shows a runner as it was up to 3 s ago' },
  { field: /\.transformStats\.rename:/, why: 'a second, wrong count of what rename-0 counts' },
];

describe('our answers and the recorded ones', () => {
  const cluster = new Cluster();
  const names: Record<string, string> = {};
  const processes: Record<string, FleetProcess> = {};
  let recorded: readonly Recorded[];

  beforeAll(async () => {
    const text = await readFile(join(import.meta.dirname, 'recorded.json'), 'utf8');
    recorded = Recorded.parse(JSON.parse(text));
    const master = await cluster.master();
    const slave1 = await cluster.agent([master], 't1', { cluster: { heartbeat_ms: 2_000 } });
    await waitForSlaves(master, 1);
    const slave2 = await cluster.agent([master], 't2', { cluster: { heartbeat_ms: 2_000 } });
    await waitForSlaves(master, 2);
    Object.assign(processes, { master, slave1, slave2 });

    const logs = join(master.dir, 'logs');
    await mkdir(logs);
    const lines = [1, 2, 3, 4, 5].map((a) => `{"a":${a},"b":"x${a}"}\n`);
    await writeFile(join(logs, 'app.log'), lines.join(''));
    names['logs'] = logs;
    for (const [name, { url, dir }] of Object.entries(processes)) {
      names[name] = url;
      names[`${name}.dir`] = dir;
      names[`${name}.host`] = new URL(url).host;
    }
  });

  afterAll(() => cluster.end());

  const here = (text: string) =>
    text.replace(/\{([a-z0-9.]+)\}/g, (all, name) => names[name] ?? all);

  async function ask({ method, to, path, contentType, body }: Recorded) {
    const response = await fetch(`${processes[to]?.url ?? ''}${here(path)}`, {
      method,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      ...(body === undefined ? {} : { body: here(body) }),
    });
    const type = response.headers.get('content-type');
    return { status: response.status, type, answer: JSON.parse(await response.text()) };
  }

  it('agree field by field, one request after another', async () => {
    const wrong: string[] = [];
    for (const [n, request] of recorded.entries()) {
      const told = `${request.method} ${request.path} ${request.body ?? ''}`.trim();
      const own = OURS.find(({ request: start, at = n }) => told.startsWith(start) && at === n);
      const expected = {
        status: own?.status ?? request.status,
        type: 'application/json; charset=UTF-8',
        answer: JSON.parse(here(JSON.stringify(own?.answer ?? request.answer))),
      };
      let found: string[] = [];
      const look = async () => {
        found = differences(expected, await ask(request)).filter(
          (difference) => !WRONG_FIELDS.some(({ field }) => field.test(difference)),
        );
        return found.length === 0;
      };
      // What was read at rest is waited for; a command is given once.
      if (request.method === 'GET') await waitFor('', look).catch(() => undefined);
      else await look();
      wrong.push(...found.map((difference) => `${n} ${told.slice(0, 100)}\n   ${difference}`));
    }

    expect(wrong).toEqual([]);
  });

  it('can be decoded by a Go master into its structs', async () => {
    const slave = processes['slave1'];
    await slave?.ask('POST', '/logkit/configs/refused', {
      reader: { mode: 'file', log_path: `${names['logs'] ?? ''}/app.log` },
      senders: [{ sender_type: 'http', http_sender_url: 'http://127.0.0.1:9/' }],
    });
    const Status = z.object({ code: z.string(), data: z.record(z.string(), GoRunnerStatus) });
    const Configs = z.object({ code: z.string(), data: z.record(z.string(), GoRunnerConfig) });
    const ErrorsOf = z.object({ code: z.string(), data: z.record(z.string(), GoErrorsResult) });
    const text = async (path: string) => (await fetch(`${slave?.url ?? ''}${path}`)).text();
    await waitFor('an error with its time', async () =>
      (await text('/logkit/errors')).includes('timestamp'),
    );

    const status = Status.parse(goParse(await text('/logkit/status')));
    const errors = ErrorsOf.parse(goParse(await text('/logkit/errors')));
    Configs.parse(goParse(await text('/logkit/configs')));

    const [error] = Object.values(errors.data['refused']?.send_errors ?? {}).flat();
    expect(typeof error?.timestamp).toBe('bigint');
    expect(Object.keys(status.data)).toContain('refused');
  });
});
