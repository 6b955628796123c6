import { join } from 'node:path';
import { ProgramProcess } from './program-process.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

/** A program of `examples/`, in a process of its own. */
export class ExampleProcess extends ProgramProcess {
  constructor(path: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
    super(join(EXAMPLES, path), args, env);
  }
}
