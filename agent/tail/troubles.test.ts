import { describe, expect, it } from 'vitest';
import { Troubles } from './troubles.ts';

describe('Troubles', () => {
  it('tells the oldest one and how many more there are, until they are over', () => {
    const troubles = new Troubles();
    expect(troubles.summary).toBeNull();

    troubles.set('a', 'a is broken');
    expect(troubles.summary).toBe('a is broken');
    troubles.set('b', 'b is broken');
    troubles.set('a', 'a is still broken');
    expect(troubles.summary).toBe('a is still broken (and 1 more)');

    troubles.set('a', null);
    expect(troubles.has('a')).toBe(false);
    expect(troubles.summary).toBe('b is broken');
    troubles.keep((part) => part !== 'b');
    expect(troubles.summary).toBeNull();
  });
});
