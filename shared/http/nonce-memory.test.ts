import { describe, expect, it } from 'vitest';
import { NonceMemory } from './nonce-memory.ts';

describe('NonceMemory', () => {
  it('takes a nonce once a second it was signed in', () => {
    const nonces = new NonceMemory(10);

    expect(nonces.take('a', 100)).toBe(true);
    expect(nonces.take('a', 100)).toBe(false);
    expect(nonces.take('b', 100)).toBe(true);
    expect(nonces.take('b', 101)).toBe(true);
  });

  it('takes nothing from a second it has forgotten', () => {
    const nonces = new NonceMemory(10);
    nonces.take('a', 100);
    nonces.forgetBefore(101);

    expect(nonces.take('a', 100)).toBe(false);
    expect(nonces.take('a', 101)).toBe(true);
  });

  it('forgets its oldest second when it is full, and still takes no replay', () => {
    const nonces = new NonceMemory(2);
    nonces.take('a', 101);
    nonces.take('b', 100);
    nonces.take('c', 102);

    expect(nonces.take('b', 100)).toBe(false);
    expect(nonces.take('late', 99)).toBe(false);
    expect(nonces.take('a', 101)).toBe(false);
    expect(nonces.take('c', 102)).toBe(false);
    expect(nonces.take('d', 103)).toBe(true);
  });
});
