import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { linesIn } from './lines.ts';
import { RunnersRig } from './runners-rig.ts';
import { waitFor } from './wait-for.ts';

const ROOT = join(import.meta.dirname, '..', '..');

type Closing = () => unknown;

/** What a sample's places and addresses are here, and the variables that it names. */
interface Scene {
  /** By what stands in the file; each must stand there. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A sample configuration, run as it is in an agent, but for where it reads from and writes to. */
export class SampleStage {
  readonly dir: string;
  readonly #file: string;
  readonly #closings: Closing[] = [];
  #rig: RunnersRig | null = null;

  private constructor(file: string, dir: string) {
    this.#file = file;
    this.dir = dir;
  }

  /** `file`: its path below the root of the project. */
  static async open(file: string): Promise<SampleStage> {
    return new SampleStage(file, await mkdtemp(join(tmpdir(), 'sample-')));
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** A file with this content; its path. */
  async write(name: string, content: string): Promise<string> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** Closed with the stage, the last one first. */
  closing(close: Closing): void {
    this.#closings.push(close);
  }

  /** What the file says. */
  text(): Promise<string> {
    return readFile(join(ROOT, this.#file), 'utf8');
  }

  async start({ instead = {}, env = {} }: Scene): Promise<void> {
    let text = await this.text();
    for (const [here, there] of Object.entries(instead)) {
      if (!text.includes(here)) throw new Error(`${this.#file} does not say ${here}`);
      text = text.replaceAll(here, there);
    }
    const rig = await RunnersRig.create({ policy: { mayStartPrograms: true }, env });
    this.#rig = rig;
    await rig.changed(await rig.conf(basename(this.#file), text));
    const refused = rig.logged.filter(({ msg }) => msg.includes('cannot be used'));
    if (refused.length > 0) throw new Error(JSON.stringify(refused));
  }

  /** Waits until so many records were sent. */
  async sent(count: number): Promise<void> {
    await waitFor(`${count} records`, () =>
      Object.values(this.#statuses()).some(({ readDataCount }) => readDataCount >= count),
    );
  }

  /** The records of a file with one JSON text a line, once so many are there. */
  async records(path: string, count: number): Promise<unknown[]> {
    const lines = await waitFor(`${count} lines in ${path}`, async () => {
      const found = await linesIn(path);
      return found.length >= count ? found : null;
    }).catch((cause: unknown) => {
      throw new Error(`it says: ${JSON.stringify(this.#statuses())}`, { cause });
    });
    return lines.map((line) => JSON.parse(line) as unknown);
  }

  async close(): Promise<void> {
    await this.#rig?.remove();
    for (const close of this.#closings.toReversed()) await close();
    await rm(this.dir, { recursive: true, force: true });
  }

  #statuses() {
    return this.#rig?.runners.view.statuses({ tag: '', url: '' }) ?? {};
  }
}

/** One sample, and what shows that it does what it says. */
export interface SampleRun {
  /** Its path below the root of the project. */
  readonly file: string;
  /** Fails when something else comes out. */
  readonly run: (stage: SampleStage) => Promise<void>;
}
