import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMainConfig } from '../../shared/config/load-main-config.ts';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';

/** What tests name the configuration file that they write. */
export const CONFIG_FILE = 'logkit.conf.json';

type Env = Readonly<Record<string, string>>;

/** A folder to write main configurations to and load them from, the program being in `/program`. */
export class ConfigRig {
  readonly cwd: string;

  private constructor(cwd: string) {
    this.cwd = cwd;
  }

  static async create(): Promise<ConfigRig> {
    return new ConfigRig(await mkdtemp(join(tmpdir(), 'main-config-')));
  }

  path(name: string): string {
    return join(this.cwd, name);
  }

  /** Loads a configuration given as text, or as what the text says. */
  async load(content: unknown, env: Env = {}, file = CONFIG_FILE) {
    await writeFile(
      this.path(file),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    return this.loadFile(file, env);
  }

  async loadFile(file: string, env: Env = {}) {
    return loadMainConfig({ file, env, cwd: this.cwd, programDir: '/program' });
  }

  /** The message of the `invalid` AppError that loading ends with. */
  async problem(content: unknown, env: Env = {}): Promise<string> {
    try {
      await this.load(content, env);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'invalid') return thrown.message;
      return `not told as it should be: ${messageOf(thrown)}`;
    }
    return 'no problem';
  }

  remove(): Promise<void> {
    return rm(this.cwd, { recursive: true });
  }
}
