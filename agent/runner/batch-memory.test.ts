import { describe, expect, it } from 'vitest';
import { BatchMemory } from './batch-memory.ts';

const MB = 1024 * 1024;

describe('BatchMemory', () => {
  it('gives a few runners all that they want', () => {
    const memory = new BatchMemory(64 * MB);
    memory.join();
    memory.join();

    expect(memory.batchBytes(2 * MB)).toBe(2 * MB);
    expect(memory.batchBytes(1)).toBe(1);
  });

  it('gives many runners equal parts, and more again when some have ended', () => {
    const memory = new BatchMemory(64 * MB);
    const joined = Array.from({ length: 64 }, () => memory.join());
    expect(memory.batchBytes(2 * MB)).toBe(MB / 4);

    for (const leave of joined.slice(32)) leave();

    expect(memory.batchBytes(2 * MB)).toBe(MB / 2);
  });

  it('leaves each runner enough to go on, however many there are', () => {
    const memory = new BatchMemory(MB);
    Array.from({ length: 1_000 }, () => memory.join());

    expect(memory.batchBytes(2 * MB)).toBe(64 * 1024);
  });
});
