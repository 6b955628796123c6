import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeServer, serveEdge } from '../../test/support/edge-server.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { AccessControl } from './auth.ts';
import { signRequest } from './peer-signature.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { Route } from './route.ts';
import { systemRoutes } from './system-routes.ts';

const SECRET = 's3cret';

describe('an edge with secrets', () => {
  let server: EdgeServer;
  const clock = new FakeClock(1_700_000_000_123);
  const metrics = new Metrics();
  let calls = 0;

  beforeAll(async () => {
    const answer = async () => {
      calls++;
    };
    const routes: Route[] = [
      { method: 'POST', path: '/hot', access: 'peer', failure: 'L2004', hot: true, answer },
      { method: 'POST', path: '/configs/:name', access: 'peer', failure: 'L2006', answer },
      { method: 'GET', path: '/list', access: 'user', failure: 'L2001', answer },
      ...systemRoutes({ metrics, clock }),
    ];
    const auth = new AccessControl({ clusterSecret: SECRET, userToken: 'human', clock });
    server = await serveEdge({ routes, auth, requests: new RequestMetrics(metrics) });
  });

  afterAll(() => server.close(0));

  function signed(pathAndQuery: string, body: string, nonce: string): string {
    return signRequest(
      SECRET,
      { method: 'POST', pathAndQuery, body },
      { nowS: 1_700_000_000, nonce },
    );
  }

  it.each(['/hot', '/configs/a%20b'])('refuses a stranger at %s', async (path) => {
    const before = calls;
    const answer = await request(server.url).post(path).send('{}').expect(401);

    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).toEqual({
      code: path === '/hot' ? 'L2004' : 'L2006',
      message: 'unauthorized: this call needs an Authorization header (the cluster.secret)',
    });
    expect(calls).toBe(before);
  });

  it('keeps the connection of a stranger who sent little', async () => {
    const answer = await request(server.url)
      .post('/hot')
      .set('Connection', 'keep-alive')
      .send('{}');

    expect(answer.headers['connection']).toBe('keep-alive');
  });

  it.each<{ path: string; nonce: string }>([
    { path: '/hot?a=%20b', nonce: '0123456789abcdef' },
    { path: '/configs/a%20b?tag=x', nonce: 'fedcba9876543210' },
  ])('takes the signed request $path once', async ({ path, nonce }) => {
    const send = () =>
      request(server.url)
        .post(path)
        .set('Content-Type', 'application/json')
        .set('Authorization', signed(path, '{"a":1}', nonce))
        .send('{"a":1}');

    await send().expect(200);
    const replay = await send().expect(401);
    expect(replay.body.message).toMatch(/used before/);
  });

  it('refuses a signed request whose body was changed on its way', async () => {
    const answer = await request(server.url)
      .post('/hot')
      .set('Authorization', signed('/hot', '{"a":1}', '00000000000000ff'))
      .send('{"a":2}')
      .expect(401);

    expect(answer.body.message).toMatch(/does not match the request/);
  });

  it('takes the secret itself too, and the token of a user only where users may call', async () => {
    const post = request(server.url).post('/hot');
    await post.set('Authorization', `Bearer ${SECRET}`).expect(200);
    const bold = request(server.url).post('/hot');
    await bold.set('Authorization', 'Bearer human').expect(401);
    const list = request(server.url).get('/list');
    await list.set('Authorization', 'Bearer human').expect(200);
  });

  it('shows health and figures to everybody', async () => {
    const health = await request(server.url).get('/health').expect(200);
    const figures = await request(server.url).get('/metrics').expect(200);

    expect(health.text).toBe('{"status":"healthy","timestamp":1700000000}');
    expect(health.headers['content-type']).toBe('application/json; charset=UTF-8');
    expect(figures.headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
  });

  it('counts requests by the path of their route, and what has no route together', async () => {
    await request(server.url).post('/configs/secret-name').expect(401);
    await request(server.url).get('/wp-login.php').expect(404);
    await request(server.url).delete('/list').expect(405);

    const { text } = await request(server.url).get('/metrics');
    const again = await request(server.url).get('/metrics');

    expect(text).toMatch(
      /http_requests_total\{path="\/configs\/:name",method="POST",status="401"\} 3\n/,
    );
    expect(text).toContain('{path="(none)",method="(any)",status="404"} 1\n');
    expect(text).toContain('{path="(none)",method="(any)",status="405"} 1\n');
    expect(text).toMatch(/path="\/hot",method="POST",status="200"\} 2\n/);
    expect(text).toContain('duration_seconds_count{path="/list",method="GET"} 1\n');
    expect(text).not.toContain('duration_seconds_count{path="/hot"');
    expect(text).not.toContain('wp-login');
    expect(again.text).toMatch(/path="\/hot",method="POST",status="200"\} 2\n/);
  });
});
