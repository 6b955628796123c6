import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { RunnersRig } from '../../test/support/runners-rig.ts';
import { Trial } from '../trial/trial.ts';
import { trialRoutes } from './trial.routes.ts';

let rig: RunnersRig;
let edge: EdgeServer;
let api: ReturnType<typeof request>;

beforeAll(async () => {
  rig = await RunnersRig.create({ env: { SECRET: 'hidden' } });
  edge = await serveEdge({ routes: trialRoutes(new Trial(rig.launch)) });
  api = request(edge.url);
});

afterAll(async () => {
  await edge.close(0);
  await rig.remove();
});

async function post(path: string, body: object, status = 200): Promise<Record<string, unknown>> {
  const answer = await api.post(`/logkit/${path}`).send(body).expect(status);
  return answer.body as Record<string, unknown>;
}

describe('POST reader/read', () => {
  it.each([
    { asked: {}, count: 10 },
    { asked: { raw_data_lines: '3' }, count: 3 },
    { asked: { raw_data_lines: '1000' }, count: 100 },
    { asked: { raw_data_lines: 'many' }, count: 10 },
  ])('shows the first lines of a source: $asked', async ({ asked, count }) => {
    const { data } = await post('reader/read', { mode: 'file', log_path: rig.source, ...asked });

    expect(data).toEqual(Array.from({ length: count }, (_, n) => expect.stringMatching(`${n}\n$`)));
  });

  it('shows what there is when there are fewer', async () => {
    const path = join(rig.dir, 'short.log');
    await writeFile(path, 'one\ntwo\n');

    const { data } = await post('reader/read', { mode: 'file', log_path: path });

    expect(data).toEqual(['one\n', 'two\n']);
  });

  it('stands in the way of no runner that reads the same', async () => {
    await rig.add('beside');
    await post('reader/read', { mode: 'file', log_path: rig.source });

    await rig.waitForLines(100, 'beside');
    expect(new Set(await rig.lines('beside')).size).toBe(100);
  });
});

describe('POST parser/parse', () => {
  it('shows a record for each line of the sample', async () => {
    const { data } = await post('parser/parse', {
      ...{ type: 'csv', csv_schema: 'a long,b string', csv_splitter: ',' },
      sampleLog: '1,x\n2,y',
    });

    expect(data).toMatchObject({
      SamplePoints: [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    });
  });

  it('keeps every digit of a number', async () => {
    const { text } = await api
      .post('/logkit/parser/parse')
      .send({ type: 'json', sampleLog: '{"id":12345678901234567890}' })
      .expect(200);

    expect(text).toContain('"id":12345678901234567890');
  });

  it('shows what does not parse beside what does', async () => {
    const { data } = await post('parser/parse', { type: 'json', sampleLog: '{"a":1}\nno' });

    expect(data).toEqual({ SamplePoints: [{ a: 1 }, { pandora_stash: 'no' }] });
  });
});

describe('POST sender/send', () => {
  it('really sends', async () => {
    const path = join(rig.dir, 'sent.out');
    const senders = [{ sender_type: 'file', file_send_path: path }];

    await post('sender/send', { senders, sampleLog: '[{"a":1}]' });
    await post('sender/send', { senders, sampleLog: '{"a":2}' });

    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"a":2}\n');
  });

  it.each([
    { body: { senders: [{ sender_type: 'discard' }] }, message: 'missing param sampleLog' },
    {
      body: { senders: [{ sender_type: 'discard' }], sampleLog: '[1]' },
      message: 'sampleLog must be a JSON object, or an array of objects',
    },
    { body: { sampleLog: '[{}]' }, message: 'senders: sender config cannot be empty' },
  ])('says what is missing: $message', async ({ body, message }) => {
    expect(await post('sender/send', body, 400)).toMatchObject({ code: 'L1401', message });
  });

  it('shows no secret', async () => {
    const senders = [
      {
        sender_type: 'http',
        http_sender_url: ['http://u:', '{env:SECRET}@127.0.0.1:9/x'].join('$'),
      },
    ];
    const answer = await post('sender/send', { senders, sampleLog: '[{"a":1}]' }, 400);

    expect(JSON.stringify(answer)).not.toContain('hidden');
    expect(answer['code']).toBe('L1401');
  });
});

describe('POST transformer/transform', () => {
  it('says why a record cannot be transformed', async () => {
    const body = { type: 'rename', key: 'x', new: 'y', sampleLog: '{"a":1}' };

    expect(await post('transformer/transform', body, 400)).toMatchObject({
      code: 'L1301',
      message: 'transform processing error transform key x not exist in data',
    });
  });
});

describe('POST transformer/transform, before the parser', () => {
  const replace = { type: 'replace', key: 'raw', stage: 'before_parser' };

  it.each([
    {
      what: 'changes the raw line, and leaves its line break and the other fields alone',
      options: { ...replace, old_string: 'GET', new_string: 'PUT' },
      sample: [{ raw: 'GET /\r\n', n: 1 }, { raw: 'HEAD /' }],
      records: [{ raw: 'PUT /\r\n', n: 1 }, { raw: 'HEAD /' }],
    },
    {
      what: 'leaves out a line that is dropped',
      options: { type: 'discard', key: 'debug', stage: 'before_parser' },
      sample: [{ raw: 'debug: x' }, { raw: 'info: y' }],
      records: [{ raw: 'info: y' }],
    },
  ])('$what', async ({ options, sample, records }) => {
    const body = { ...options, sampleLog: JSON.stringify(sample) };

    expect((await post('transformer/transform', body))['data']).toEqual(records);
  });

  it.each([{ a: 1 }, { raw: 1 }])('refuses a sample that has no raw line: %j', async (sample) => {
    const options = { ...replace, old_string: 'a', new_string: 'b' };
    const body = { ...options, sampleLog: JSON.stringify(sample) };

    expect(await post('transformer/transform', body, 400)).toMatchObject({
      code: 'L1301',
      message: expect.stringContaining('write the sample as {"raw": "the line"}'),
    });
  });

  it('says why the line cannot be changed', async () => {
    const options = { ...replace, old_string: 'a', new_string: 'b' };
    const body = { ...options, sampleLog: JSON.stringify({ raw: 'a'.repeat(70_000) }) };

    expect(await post('transformer/transform', body, 400)).toMatchObject({
      message: 'transform processing error the line is longer than 65536 characters',
    });
  });
});

describe('POST runner/rehearse', () => {
  it('shows what a runner would send, and sends nothing', async () => {
    const config = rig.config('rehearsed', {
      parser: { type: 'json' },
      transforms: [{ type: 'label', key: 'team', value: 'x' }],
    });

    const { data } = await post('runner/rehearse', { config, sampleLog: '{"a":1}\nno json\n' });

    expect(data).toEqual({
      lines: 2,
      records: [
        { a: 1, team: 'x' },
        { pandora_stash: 'no json', team: 'x' },
      ],
      parser: { success: 1, errors: 1, lastError: expect.stringContaining('no json') },
      transforms: [{ name: 'label-0', success: 2, errors: 0, lastError: '' }],
      senders: 1,
    });
    expect(await rig.lines('rehearsed')).toEqual([]);
  });

  it('takes the lines of its reader when no sample is given', async () => {
    const { data } = await post('runner/rehearse', { config: rig.config('rehearsed') });

    expect(data).toMatchObject({ lines: 10, parser: { success: 10 } });
  });
});
