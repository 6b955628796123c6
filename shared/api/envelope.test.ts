import { describe, expect, it } from 'vitest';
import { AppError, type ErrorKind } from '../kernel/errors.ts';
import { logkitEnvelope } from './envelope.ts';

const post = { method: 'POST', failure: 'L2004' };

describe('logkitEnvelope', () => {
  it.each<{ data: unknown; text: string }>([
    { data: undefined, text: '{"code":"L200"}' },
    { data: false, text: '{"code":"L200","data":false}' },
    { data: null, text: '{"code":"L200","data":null}' },
    { data: [], text: '{"code":"L200","data":[]}' },
    { data: {}, text: '{"code":"L200","data":{}}' },
  ])('wraps $data as $text', ({ data, text }) => {
    expect(JSON.stringify(logkitEnvelope.success(data))).toBe(text);
  });

  it.each<{ kind: ErrorKind; status: number }>([
    { kind: 'invalid', status: 400 },
    { kind: 'not_found', status: 400 },
    { kind: 'conflict', status: 400 },
    { kind: 'forbidden', status: 400 },
    { kind: 'unavailable', status: 503 },
    { kind: 'timeout', status: 503 },
  ])('answers $status when the failure is $kind', ({ kind, status }) => {
    expect(logkitEnvelope.failure(new AppError(kind, 'no'), post)).toEqual({
      status,
      body: { code: 'L2004', message: 'no' },
    });
  });

  it('keeps the message of an unforeseen error to itself', () => {
    const error = new AppError('internal', 'password=hunter2');

    expect(logkitEnvelope.failure(error, post)).toEqual({
      status: 500,
      body: { code: 'L2004', message: 'internal error' },
    });
  });

  it('shows the text of a failed GET under both names', () => {
    const { body } = logkitEnvelope.failure(new AppError('not_found', 'no'), {
      method: 'GET',
      failure: 'L1001',
    });

    expect(JSON.stringify(body)).toBe('{"code":"L1001","message":"no","error":"no"}');
  });

  it('shows what the error carries as data', () => {
    const error = new AppError('unavailable', 'no', { details: { data: { ok: 1 } } });

    expect(logkitEnvelope.failure(error, post).body).toEqual({
      code: 'L2004',
      message: 'no',
      data: { ok: 1 },
    });
  });

  it.each<{ kind: ErrorKind; asked: unknown; status: number; why: string }>([
    { kind: 'invalid', asked: 413, status: 413, why: 'the caller is to blame' },
    { kind: 'forbidden', asked: 401, status: 401, why: 'the caller is to blame' },
    { kind: 'unavailable', asked: 404, status: 503, why: 'it is the status of somebody else' },
    { kind: 'invalid', asked: 200, status: 400, why: 'a failure is no success' },
    { kind: 'invalid', asked: '413', status: 400, why: 'it is no number' },
  ])('answers $status to $kind with details.status $asked: $why', ({ kind, asked, status }) => {
    const error = new AppError(kind, 'no', { details: { status: asked } });

    expect(logkitEnvelope.failure(error, post).status).toBe(status);
  });
});
