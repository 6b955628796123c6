import { z } from 'zod';
import { problemsText } from '../../domain/problems-text.ts';
import type { Call, Route } from '../../http/route.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { KeptCommand } from '../../stores/partitions/partition-store.ts';
import type { FindWork } from './find-work.ts';
import { jsonRoute } from './json-route.ts';
import { commandOnWire } from './partition-wire.ts';

const IDS_MAX = 10_000;

/** Unknown keys are let be, as the original lets them. */
const RetryBody = z.object({
  partition_ids: z.array(z.number().int()).max(IDS_MAX).nullish(),
  mode: z.enum(['immediate', 'scheduled']).optional(),
  force: z.boolean().default(false),
  /** The same order again, where a client cannot be sure that it was heard. */
  idempotency_key: z.string().min(1).max(200).optional(),
});
type RetryBody = z.output<typeof RetryBody>;

/**
 * `POST /api/v1/retry-failed-partitions`. The original's documents have two answers to it; this one
 * has the fields of both. Without a mode it waits, and says what the simpler one says.
 */
export function retryRoute(find: FindWork): Route {
  return jsonRoute('POST', '/api/v1/retry-failed-partitions', async (call) => {
    const body = bodyOf(call);
    const ids = body.partition_ids ?? [];
    const command = await find(call).retry({
      ids: ids.length === 0 ? null : ids,
      isForced: body.force,
      isImmediate: body.mode !== 'scheduled',
      key: body.idempotency_key ?? null,
    });
    return answerOf(command, body);
  });
}

function answerOf(command: KeptCommand, { mode, partition_ids: ids }: RetryBody) {
  const { retried, skipped } = command.done?.retried ?? { retried: [], skipped: [] };
  return {
    success: true,
    message: mode === 'immediate' ? '重试操作成功完成' : submitted(ids?.length ?? 0),
    total_failed_partitions: retried.length + skipped.length,
    retried_partitions: retried,
    skipped_partitions: skipped,
    ...{ command_id: command.id, request_id: command.id },
    status: commandOnWire(command).status,
    timestamp: new Date(command.done?.atMs ?? command.submittedAtMs).toISOString(),
  };
}

function submitted(count: number): string {
  return count === 0 ? '重试所有失败分区的命令已提交' : `重试 ${count} 个指定分区的命令已提交`;
}

function bodyOf(call: Call): RetryBody {
  const { success, data, error } = RetryBody.safeParse(jsonOf(call.body));
  if (!success) throw new AppError('invalid', `无效的请求格式: ${problemsText(error)}`);
  const bad = data.partition_ids?.find((id) => id <= 0);
  if (bad === undefined) return data;
  throw new AppError('invalid', `无效的分区ID: ${bad}, 分区ID必须大于0`);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (thrown) {
    throw new AppError('invalid', `无效的请求格式: ${messageOf(thrown)}`, { cause: thrown });
  }
}
