import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { SourceBatch } from '../plugins/plugin.ts';

/** Where runners with `log_audit` write one line a settled batch: contract section 10. */
export interface AuditLog {
  write(runner: string, batch: SourceBatch, sent: number): void;
  close(): Promise<void>;
}

interface AuditDeps {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const PENDING_LINES_MAX = 10_000;

/**
 * JSON lines {time, runner, source, read_lines, read_bytes, sent} in one file a process start. The
 * audit log is a convenience: when it cannot be written the collection goes on, and says so once.
 */
export function createAuditLog({ path, clock, log }: AuditDeps): AuditLog {
  let pending: string[] = [];
  let writing: Promise<void> | null = null;
  let isBroken = false;

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      const lines = pending.join('');
      pending = [];
      try {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, lines, { mode: 0o640 });
        isBroken = false;
      } catch (thrown) {
        if (!isBroken) log.warn({ path, reason: messageOf(thrown) }, 'cannot write the audit log');
        isBroken = true;
      }
    }
    writing = null;
  }

  return {
    write(runner, batch, sent) {
      if (pending.length >= PENDING_LINES_MAX) return;
      const line = {
        time: new Date(clock.now()).toISOString(),
        runner,
        source: batch.origin,
        read_lines: batch.lines,
        read_bytes: batch.bytes.length,
        sent,
      };
      pending.push(`${JSON.stringify(line)}\n`);
      writing ??= drain();
    },
    close: async () => {
      await writing;
    },
  };
}
