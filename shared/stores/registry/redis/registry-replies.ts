import { AppError } from '../../../kernel/errors.ts';
import { listOf, numberOf, textOf } from '../../redis/replies.ts';
import { recordOf } from '../record-text.ts';
import type {
  Changes,
  InstanceChange,
  RenewOutcome,
  StoredInstance,
  WriteOutcome,
} from '../registry-store.ts';
import { textChange } from '../text-changes.ts';

/** As SHOWN_LUA writes it. */
export function shownOf(reply: unknown): StoredInstance | null {
  if (reply === null) return null;
  const [value, left, since] = listOf(reply);
  const text = textOf(value);
  const space = text.indexOf(' ');
  return {
    revision: Number(text.slice(0, space)),
    record: recordOf(text.slice(space + 1)),
    lease: left === undefined ? null : { leftMs: numberOf(left), sinceRenewMs: numberOf(since) },
  };
}

export function presentOf(reply: unknown): StoredInstance {
  const shown = shownOf(reply);
  if (shown === null) throw new AppError('internal', 'Redis told a registry of no instance');
  return shown;
}

/** As WRITE reads it. */
export function wordsOf(change: InstanceChange): string[] {
  const { id, expected, service, record, lease, event, fence } = textChange(change);
  return [
    ...[id, String(expected), service, record ?? ''],
    ...[typeof lease === 'string' ? lease : msText(lease.ttlMs), event ?? ''],
    ...[fence === undefined ? '' : String(fence.epoch), fence?.isOverdue === true ? '1' : '0'],
  ];
}

/** As WRITE gives it. */
export function outcomeOf(reply: unknown): WriteOutcome {
  if (typeof reply === 'string') return { isDone: true, revision: numberOf(reply) };
  const [why, there] = listOf(reply);
  if (why === 'fenced') return { isDone: false, why, there: null };
  return {
    isDone: false,
    why: why === 'renewed' ? 'renewed' : 'changed',
    there: shownOf(there),
  };
}

/** As CHANGES gives them; one more than `limit` says that there are more. */
export function changesOf(reply: unknown, limit: number): Changes | null {
  if (reply === null) return null;
  const [latest, ...all] = listOf(reply);
  const changes = all.slice(0, limit).map((each) => {
    const [id, revision, shown, service] = listOf(each);
    const instance = shownOf(shown);
    return {
      ...{ id: textOf(id), revision: numberOf(revision), instance },
      service: instance === null ? textOf(service) : instance.record.name,
    };
  });
  const isMore = all.length > changes.length;
  const last = changes.at(-1)?.revision;
  return { changes, isMore, revision: isMore && last !== undefined ? last : numberOf(latest) };
}

export function renewalOf(letter: string): RenewOutcome {
  if (letter === 'r') return 'renewed';
  return letter === 'e' ? 'ended' : 'unknown';
}

/** Whole ones, and never none. */
export function msText(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}
