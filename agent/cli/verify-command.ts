import { join } from 'node:path';
import { type Clock, systemClock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import { readCheckpoints } from '../../shared/stores/checkpoint-snapshot.ts';
import { readConfigs, requireConfig } from '../verify/kept-configs.ts';
import { reportText } from '../verify/report-text.ts';
import { type VerifyReport, verifyRunner } from '../verify/verify.ts';
import { type CliTools, type CommonOptions, printJson } from './tools.ts';

const PROVEN = 0;
const FLAWED = 1;
const NOT_DONE = 2;
/** What takes less than this needs no notes. */
const PATIENCE_MS = 2_000;
const NOTE_EVERY_MS = 500;

interface VerifyOptions extends CommonOptions {
  readonly sender?: string;
}

/** Exits 0 when nothing is wrong, 1 for flaws, 2 when it could not find out. */
export async function verifyCommand(
  runner: string,
  options: VerifyOptions,
  tools: CliTools,
): Promise<void> {
  const notes = new Notes(tools, systemClock);
  try {
    const report = await verify(runner, options, tools, notes);
    notes.clear();
    if (options.json === true) printJson(tools, report);
    else tools.print(reportText(report));
    tools.exitWith(report.isProven ? PROVEN : FLAWED);
  } catch (thrown) {
    notes.clear();
    tools.exitWith(NOT_DONE, messageOf(thrown));
  }
}

async function verify(
  runner: string,
  { file, sender }: VerifyOptions,
  { loadConfig }: CliTools,
  notes: Notes,
): Promise<VerifyReport> {
  const { data_dir, rest_dir: restDir, confs_path: confsPath } = loadConfig(file);
  const kept = await readConfigs({ restDir, confsPath, clock: systemClock });
  const config = requireConfig(kept, runner);
  const snapshot = readCheckpoints(join(data_dir, 'checkpoints.db'), runner);
  return verifyRunner({
    ...{ runner, config, snapshot },
    configs: kept.configs,
    sender: sender ?? null,
    onStep: (step) => notes.show(step),
  });
}

/** One line on the terminal that says what takes so long. */
class Notes {
  readonly #tools: CliTools;
  readonly #clock: Clock;
  #nextAtMs: number;
  #isShown = false;

  constructor(tools: CliTools, clock: Clock) {
    this.#tools = tools;
    this.#clock = clock;
    this.#nextAtMs = clock.monotonicMs() + PATIENCE_MS;
  }

  show(text: string): void {
    if (!this.#tools.isTerminal || this.#clock.monotonicMs() < this.#nextAtMs) return;
    this.#nextAtMs = this.#clock.monotonicMs() + NOTE_EVERY_MS;
    this.#isShown = true;
    this.#tools.note(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.#isShown) this.#tools.note('\r\u001b[K');
  }
}
