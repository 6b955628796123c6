import { numberOf, textOf, textsOf } from '../../redis/replies.ts';
import type { Commands, KeptCommand } from '../partition-store.ts';
import {
  COMMAND,
  EXECUTE,
  FORGET_COMMANDS,
  PENDING_COMMANDS,
  SUBMIT,
} from './lua/operation-scripts.ts';
import type { NamespaceScripts } from './namespace-scripts.ts';
import { retriedOf, retryOf, retryWords } from './retry-words.ts';

/** In one step. */
const FORGOTTEN_MAX = 1_000;

export function redisCommands(scripts: NamespaceScripts): Commands {
  return {
    submit: async ({ id, retry }) =>
      keptOf(id, textOf(await scripts.run(SUBMIT, [id, ...retryWords(retry)]))),
    execute: async (id) => keptOrNull(id, await scripts.run(EXECUTE, [id])),
    command: async (id) => keptOrNull(id, await scripts.run(COMMAND, [id])),
    pendingCommands: async (limit) => {
      if (limit <= 0) return [];
      const found = textsOf(await scripts.run(PENDING_COMMANDS, [String(limit)]));
      const commands: KeptCommand[] = [];
      for (let at = 0; at < found.length; at += 2) {
        commands.push(keptOf(found[at] ?? '', found[at + 1] ?? ''));
      }
      return commands;
    },
    forgetCommands: async (doneBeforeMs) => {
      const words = [String(doneBeforeMs), String(FORGOTTEN_MAX)];
      for (let forgotten = FORGOTTEN_MAX; forgotten === FORGOTTEN_MAX; ) {
        forgotten = numberOf(await scripts.run(FORGET_COMMANDS, words));
      }
    },
  };
}

function keptOrNull(id: string, reply: unknown): KeptCommand | null {
  return reply === null ? null : keptOf(id, textOf(reply));
}

/** As SUBMIT and EXECUTE write it, line by line. */
function keptOf(id: string, text: string): KeptCommand {
  const [submitted, ids = '', isForced = '', limit = '', doneAt, again, skipped] = text.split('\n');
  return {
    ...{ id, submittedAtMs: Number(submitted), retry: retryOf(ids, isForced, limit) },
    done:
      doneAt === undefined
        ? null
        : { atMs: Number(doneAt), retried: retriedOf(again ?? '', skipped ?? '') },
  };
}
