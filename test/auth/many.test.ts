import { expect, it } from 'vitest';
import { AuthRig } from '../support/auth-rig.ts';

it('a master that is flooded answers some, refuses the rest, and goes on', async () => {
  await using rig = await AuthRig.start();
  const token = await rig.admin();
  const create = (name: string) =>
    rig.call('POST', '/auth/clients', { token, body: { name, services: ['a'] } });
  const answers = await Promise.all(Array.from({ length: 400 }, (_, nth) => create(`c-${nth}`)));
  const codes = answers.map(({ body }): unknown => body.code);
  const made = codes.filter((code) => code === 20_000).length;
  expect(codes.every((code) => code === 20_000 || code === 50_000)).toBe(true);

  const { body } = await rig.call('GET', '/auth/clients', { token });
  expect(body.data).toHaveLength(made);
  expect((await create('afterwards')).body.code).toBe(20_000);
});

it('two hundred guesses at once are eight, and who knows the password may come again', async () => {
  await using rig = await AuthRig.start();
  const login = () =>
    rig.call('POST', '/auth/login', { body: { username: 'admin', password: 'wrong' } });
  const answers = await Promise.all(Array.from({ length: 200 }, login));
  const messages = new Set(answers.map(({ body }): string => body.msg.replace(/\d+ s$/, '')));
  expect(messages).toEqual(
    new Set(['用户名或密码错误', 'too many wrong passwords; try again in ']),
  );
  const wrong = answers.filter(({ body }) => body.code === 40_100).length;
  expect(wrong).toBeLessThanOrEqual(8);
  rig.clock.advance(15 * 60_000);
  const late = await rig.admin();
  expect((await rig.call('GET', '/auth/verify', { token: late })).body.code).toBe(20_000);
});
