import { rm } from 'node:fs/promises';
import type { BufferLimits } from '../../agent/buffer/buffer-options.ts';
import type { Runner, RunnerDeps } from '../../agent/runner/runner.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { RunnerRig, settled, until } from './runner-rig.ts';
import { type Behaviour, type ScriptedSender, scriptedPipeline } from './scripted-plugins.ts';

const STOP_MS = 3_000;

/** Small, so that a few batches fill it. */
export const BUFFER: BufferLimits = { bytesMax: 1_000, segmentBytesMax: 40, whenFull: 'block' };

/** Runners in memory whose senders may be left behind. */
export class LaneRig extends RunnerRig {
  #running: Runner[] = [];

  start(script: Parameters<typeof scriptedPipeline>[0], given: Partial<RunnerDeps> = {}): Runner {
    const runner = this.started(scriptedPipeline({ buffer: BUFFER, ...script }), given);
    this.#running.push(runner);
    return runner;
  }

  /** Lets time pass until it is so. */
  async passing(isSo: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500 && !isSo(); turn += 1) {
      await settled();
      this.clock.advance(250);
    }
    await until(isSo);
  }

  /** Ends it with nothing settled that was not. */
  async kill(runner: Runner): Promise<void> {
    const stopped = runner.stop(0);
    await settled();
    this.clock.advance(1);
    await stopped;
    this.#running = this.#running.filter((other) => other !== runner);
  }

  async close(): Promise<void> {
    const stopped = Promise.all(this.#running.map((runner) => runner.stop(STOP_MS)));
    for (let turn = 0; turn < 20; turn += 1) {
      await settled();
      this.clock.advance(STOP_MS);
    }
    await stopped;
    await rm(this.bufferDir, { recursive: true, force: true });
  }
}

/** A sink that is away until it is told to be there. */
export function away(): { readonly behave: Behaviour; isAway: boolean } {
  const sink = {
    isAway: true,
    behave: async () => {
      if (sink.isAway) throw new AppError('unavailable', 'away');
    },
  };
  return sink;
}

export function linesOf(sender: ScriptedSender): string {
  return sender.taken.join('');
}
