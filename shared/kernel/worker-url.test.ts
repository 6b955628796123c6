import { describe, expect, it } from 'vitest';
import { workerUrl } from './worker-url.ts';

describe('workerUrl', () => {
  it.each([
    { from: 'file:///app/shared/stores/a.ts', to: 'file:///app/shared/stores/x.worker.ts' },
    { from: 'file:///app/dist/stores/a.js', to: 'file:///app/dist/stores/x.worker.js' },
    { from: 'file:///my%20app/a.ts', to: 'file:///my%20app/x.worker.ts' },
    { from: 'file:///app/stores/a.ts?v=1', to: 'file:///app/stores/x.worker.ts' },
  ])('names the worker beside $from', ({ from, to }) => {
    expect(workerUrl('x', from).href).toBe(to);
  });
});
