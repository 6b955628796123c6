import { hasEtcdCode } from './etcd-errors.ts';

/**
 * Does something to so many at a time, or to half as many, and so on, where they are more than etcd
 * takes at a time for the texts that they carry.
 */
export async function inFitting<T>(
  countMax: number,
  work: (count: number) => Promise<T>,
): Promise<{ readonly result: T; readonly count: number }> {
  for (let count = countMax; ; count = Math.ceil(count / 2)) {
    try {
      return { result: await work(count), count };
    } catch (thrown) {
      if (count <= 1 || !hasEtcdCode(thrown, 'too_large')) throw thrown;
    }
  }
}
