import { describe, expect, it } from 'vitest';
import { AppError, type ErrorKind } from '../kernel/errors.ts';
import { registryEnvelope } from './registry-envelope.ts';

const route = { method: 'POST', failure: '' };
const usual = registryEnvelope({ hasStatus: false });
const right = registryEnvelope({ hasStatus: true });

describe('the envelope of the registry', () => {
  it('says 20000 and what there is', () => {
    expect(usual.success(undefined)).toEqual({ code: 20_000, msg: 'success' });
    expect(usual.success([])).toEqual({ code: 20_000, msg: 'success', data: [] });
    expect(usual.success(null)).toEqual({ code: 20_000, msg: 'success', data: null });
  });

  it.each<{ kind: ErrorKind; status?: number; code: number; http: number }>([
    { kind: 'invalid', code: 40_000, http: 400 },
    { kind: 'invalid', status: 413, code: 40_000, http: 413 },
    { kind: 'conflict', code: 40_000, http: 409 },
    { kind: 'forbidden', code: 40_300, http: 403 },
    { kind: 'forbidden', status: 401, code: 40_100, http: 401 },
    { kind: 'forbidden', status: 429, code: 40_300, http: 429 },
    { kind: 'not_found', code: 40_400, http: 404 },
    { kind: 'unavailable', code: 50_000, http: 503 },
    { kind: 'timeout', code: 50_000, http: 503 },
    { kind: 'internal', code: 50_000, http: 500 },
  ])('makes $code of $kind ($status), and HTTP $http where that is wanted', (row) => {
    const { kind, status, code, http } = row;
    const error = new AppError(kind, 'why', { details: status === undefined ? {} : { status } });
    const msg = kind === 'internal' ? 'internal error' : 'why';
    const body = { code, msg, data: null };
    expect(usual.failure(error, route)).toEqual({ status: 200, body });
    expect(usual.failure(error, route, { 'x-http-status': 'false' }).status).toBe(200);
    expect(usual.failure(error, route, { 'x-http-status': 'true' })).toEqual({
      status: http,
      body,
    });
    expect(right.failure(error, route)).toEqual({ status: http, body });
  });

  it('shows the data of a failure', () => {
    const error = new AppError('unavailable', 'in part', { details: { data: { errors: ['x'] } } });
    expect(usual.failure(error, route).body).toEqual({
      ...{ code: 50_000, msg: 'in part', data: { errors: ['x'] } },
    });
  });
});
