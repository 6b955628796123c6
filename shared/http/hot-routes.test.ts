import { expect, it } from 'vitest';
import { HotRoutes } from './hot-routes.ts';
import type { Route } from './route.ts';

function served(method: Route['method'], path: string, hot = true) {
  const answer = async () => undefined;
  const meter = { count: () => undefined, observeDuration: () => undefined };
  return { route: { method, path, access: 'open', failure: '', hot, answer } as const, meter };
}

const hot = new HotRoutes([
  served('PUT', '/services/:id/renew'),
  served('PUT', '/renew'),
  served('POST', '/last/:name'),
  served('GET', '/cold/:id', false),
]);

it.each([
  {
    method: 'PUT',
    url: '/services/web-1/renew',
    path: '/services/:id/renew',
    params: { id: 'web-1' },
  },
  {
    method: 'PUT',
    url: '/services/renew/renew?a=/',
    path: '/services/:id/renew',
    params: { id: 'renew' },
  },
  { method: 'PUT', url: '/renew?x', path: '/renew', params: {} },
  { method: 'POST', url: '/last/a:b@c', path: '/last/:name', params: { name: 'a:b@c' } },
])('finds $path for $method $url', ({ method, url, path, params }) => {
  const found = hot.find({ method, url });

  expect(found?.row.route.path).toBe(path);
  expect(found?.params).toEqual(params);
});

it.each([
  { method: 'GET', url: '/services/web-1/renew', why: 'another method' },
  { method: 'PUT', url: '/services//renew', why: 'no value' },
  { method: 'PUT', url: '/services/renew', why: 'one word for both' },
  { method: 'PUT', url: '/services/a/b/renew', why: 'a slash in it' },
  { method: 'PUT', url: '/services/a%2fb/renew', why: 'escapes in it' },
  { method: 'PUT', url: '/services/a/renew/', why: 'a slash behind it' },
  { method: 'POST', url: '/last/', why: 'no value at the end' },
  { method: 'GET', url: '/cold/a', why: 'not hot' },
])('leaves $method $url to the router: $why', ({ method, url }) => {
  expect(hot.find({ method, url })).toBeNull();
});
