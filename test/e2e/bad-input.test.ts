import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FleetProcess, freePort } from '../support/fleet-process.ts';
import { linesIn, numberedLines, rawRunner } from '../support/lines.ts';
import { prometheusFamilies } from '../support/prometheus-text.ts';
import { rawExchange } from '../support/raw-socket.ts';
import { waitFor } from '../support/wait-for.ts';

const FORK = 'forkRunner r1 error NewRunner(r1) failed: ';
const EMPTY = "code=400, message=Request body can't be empty";

let fleet: FleetProcess;
let source: string;
let port: number;

beforeAll(async () => {
  port = await freePort();
  fleet = await FleetProcess.start({
    bind_host: `127.0.0.1:${port}`,
    cluster: {
      ...{ enable: true, is_master: true, heartbeat_ms: 200 },
      master_url: [`http://127.0.0.1:${port}`],
    },
  });
  source = join(fleet.dir, 'app.log');
  await writeFile(source, numberedLines(0, 10));
  await fleet.ask('POST', '/logkit/configs/good', rawRunner(source, sink('good')));
});

afterAll(() => fleet.remove());

afterEach(async () => {
  const kept = await readdir(join(fleet.dir, '.logkitconfs'));
  // What begins with a dot is the lock of the folder.
  expect(kept.filter((name) => !name.startsWith('.'))).toEqual(['good.conf']);
  expect((await fleet.get('/health')).body).toMatchObject({ status: 'healthy' });
});

function sink(name: string): string {
  return join(fleet.dir, `${name}.out`);
}

function runner(change: object = {}) {
  return { ...rawRunner(source, sink('r1')), ...change };
}

describe('a configuration', () => {
  it.each<{ why: string; body: () => unknown; message: string | RegExp }>([
    {
      why: 'ends too soon',
      body: () => '{"reader": {',
      message: 'code=400, message=unexpected EOF',
    },
    {
      why: 'is no JSON',
      body: () => "{'reader': 1}",
      message:
        "code=400, message=Syntax error: offset=2, error=invalid character '\\'' looking for beginning of object key string",
    },
    {
      why: 'is a list',
      body: () => '[]',
      message:
        'code=400, message=Unmarshal type error: expected=mgr.RunnerConfig, got=array, offset=1',
    },
    {
      why: 'has a text for a number',
      body: () => '{"batch_len":"5"}',
      message: 'code=400, message=Unmarshal type error: expected=int, got=string, offset=16',
    },
    {
      why: 'has a number that is none of its kind',
      body: () => '{"batch_len":1.5}',
      message: 'code=400, message=Unmarshal type error: expected=int, got=number 1.5, offset=16',
    },
    {
      why: 'has a text for senders',
      body: () => ({ senders: 'all' }),
      message:
        /^code=400, message=Unmarshal type error: expected=\[\]map\[string\]string, got=string/,
    },
    { why: 'is empty', body: () => '', message: EMPTY },
    { why: 'is nothing', body: () => 'null', message: `${FORK}r1 reader in config is nil` },
    { why: 'has no reader', body: () => ({}), message: `${FORK}r1 reader in config is nil` },
    {
      why: 'has an unknown reader',
      body: () => runner({ reader: { mode: 'zzz' } }),
      message: `${FORK}reader type unsupported : zzz`,
    },
    {
      why: 'reads what is not there',
      body: () => runner({ reader: { mode: 'file', log_path: '/x/absent.log' } }),
      message: `${FORK}runner[r1] /x/absent.log - utils.GetRealPath failed, err:lstat /x/absent.log: no such file or directory`,
    },
    {
      why: 'reads a path with a zero byte',
      body: () => runner({ reader: { mode: 'file', log_path: '/x/\0.log' } }),
      message: `${FORK}the path "/x/\\u0000.log" holds a zero byte; remove it`,
    },
    {
      why: 'sends to a path with a zero byte',
      body: () => runner({ senders: [{ sender_type: 'file', file_send_path: '/x/\0.log' }] }),
      message: `${FORK}the path "/x/\\u0000.log" holds a zero byte; remove it`,
    },
    {
      why: 'writes over the program’s own files',
      body: () => runner({ senders: [{ sender_type: 'file', file_send_path: fleet.file }] }),
      message: /belongs to logkit-fleet itself/,
    },
    {
      why: 'has far too many transforms',
      body: () => runner({ transforms: Array.from({ length: 30_000 }, () => ({ type: 'label' })) }),
      message: `${FORK}30000 transforms are too many; 1000 are allowed`,
    },
    {
      why: 'nests too deeply',
      body: () => `{"sourceData":${'['.repeat(50_000)}`,
      message: /^code=400, message=Syntax error: offset=\d+, error=.*depth/,
    },
    {
      why: 'nests too deeply where anything is allowed',
      body: () => `{"transforms":[{"type":"label","a":${'['.repeat(9_000)}${']'.repeat(9_000)}}]}`,
      message: /^code=400, message=Syntax error: offset=\d+, error=.*depth/,
    },
  ])('that $why is refused', async ({ body, message }) => {
    const refused = await fleet.ask('POST', '/logkit/configs/r1', body());

    expect(refused).toEqual({
      status: 400,
      body: {
        code: 'L1002',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      },
    });
  });

  it('of 10 MB is refused before it is read', async () => {
    const body = JSON.stringify(runner({ note: 'x'.repeat(10 * 1024 * 1024) }));
    const refused = await fleet.ask('POST', '/logkit/configs/r1', body);

    expect(refused).toEqual({
      status: 413,
      body: { code: 'L1002', message: 'the request body is longer than 1048576 bytes' },
    });
  });

  it.each(['text/plain', 'application/octet-stream', 'text/json'])(
    'that comes as %s is refused',
    async (type) => {
      const headers = { 'content-type': type };
      const refused = await fleet.ask('POST', '/logkit/configs/r1', runner(), headers);

      expect(refused).toEqual({
        status: 400,
        body: { code: 'L1002', message: 'code=415, message=Unsupported Media Type' },
      });
    },
  );

  it('for a name that runs already is refused', async () => {
    expect(await fleet.ask('POST', '/logkit/configs/good', runner())).toEqual({
      status: 400,
      body: { code: 'L1002', message: 'file good runner is running' },
    });
  });
});

describe('a name', () => {
  it.each([
    { name: '..%2fx', status: 400, code: 'L1002' },
    { name: '%2e%2e%2f%2e%2e%2fetc%2fpasswd', status: 400, code: 'L1002' },
    { name: '..%5cx', status: 400, code: 'L1002' },
    { name: '%00', status: 400, code: 'L1002' },
    { name: 'r1%00.conf', status: 400, code: 'L1002' },
    { name: '.hidden', status: 400, code: 'L1002' },
    { name: 'r1.', status: 400, code: 'L1002' },
    { name: '%20', status: 400, code: 'L1002' },
    { name: '%0a', status: 400, code: 'L1002' },
    { name: '%253Cb%253E', status: 400, code: 'L1002' },
    { name: 'x'.repeat(129), status: 400, code: 'L1002' },
    { name: '../x', status: 404, code: undefined },
    { name: '..', status: 400, code: 'L1002' },
    { name: '%ff', status: 400, code: undefined },
    { name: '', status: 404, code: undefined },
  ])('such as $name makes no file', async ({ name, status, code }) => {
    const body = JSON.stringify(runner());
    // Over a bare connection: other clients tidy the path up before they send it.
    const answer = await rawExchange(
      port,
      `POST /logkit/configs/${name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const answered = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { code?: string };
    expect(answered.code).toBe(code);
    expect((await fleet.get('/logkit/runners')).body.data).toEqual(['good']);
  });

  it.each(['PUT', 'DELETE'])('that leads elsewhere is refused for %s, too', async (method) => {
    const { status } = await fleet.ask(method, '/logkit/configs/..%2f..%2fx', runner());

    expect(status).toBe(400);
  });
});

describe('after all that', () => {
  it('the runner that was there still collects', async () => {
    await appendFile(source, numberedLines(10, 20));

    await waitFor('the lines', async () => (await linesIn(sink('good'))).length === 20);
  });

  it('GET /metrics is a Prometheus text with the figures of every part', async () => {
    await fleet.get('/logkit/cluster/status');
    const families = await waitFor('a heartbeat', async () => {
      const { body } = await fleet.get('/metrics');
      const found = prometheusFamilies(String(body));
      return (found.get('logkit_fleet_heartbeats_sent_total') ?? 0) > 0 && found;
    });
    const withSamples = [...families].filter(([, samples]) => samples > 0).map(([name]) => name);

    expect(withSamples).toEqual(
      expect.arrayContaining(
        [
          ...['heartbeats_sent_total', 'heartbeats_total', 'slaves', 'info'],
          ...['fanout_calls_total', 'fanout_duration_seconds'],
          ...['http_requests_total', 'http_request_duration_seconds'],
          ...['runner_read_lines_total', 'runner_read_bytes_total', 'runner_parse_errors_total'],
          ...['runner_sent_records_total', 'runner_send_errors_total'],
          ...['runner_lag_bytes', 'runner_running', 'runner_stalled'],
        ].map((name) => `logkit_fleet_${name}`),
      ),
    );
    expect(withSamples).toContain('process_cpu_seconds_total');
    expect(withSamples).toContain('nodejs_eventloop_lag_seconds');
  });
});
