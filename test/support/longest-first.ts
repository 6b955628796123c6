import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, and so is begun first. */
const LONGEST = [/\/test\/delivery\//, /\/test\/(e2e|browser|golden|package)\//];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId));
  }
}

function placeOf(file: string): number {
  const place = LONGEST.findIndex((pattern) => pattern.test(file));
  return place === -1 ? LONGEST.length : place;
}
