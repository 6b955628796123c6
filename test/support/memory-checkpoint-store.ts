import { AppError } from '../../shared/kernel/errors.ts';
import { CheckpointEngine, type CheckpointRequest } from '../../shared/stores/checkpoint-engine.ts';
import {
  type CheckpointRpc,
  SqliteCheckpointStore,
} from '../../shared/stores/sqlite-checkpoint-store.ts';

/** The same checkpoints in memory, in this thread: for tests of what uses them. */
export class MemoryCheckpointStore extends SqliteCheckpointStore {
  constructor() {
    super(engineInMemory());
  }
}

function engineInMemory(): CheckpointRpc {
  const engine = new CheckpointEngine();
  let last: Promise<unknown> = engine.answer([
    { id: 0, request: { op: 'open', path: ':memory:' } },
  ]);
  const ask = (request: CheckpointRequest): Promise<unknown> => {
    const answer = last.then(async () => {
      const [reply] = await engine.answer([{ id: 1, request }]);
      if (reply?.ok === true) return reply.value;
      throw new AppError(reply?.kind ?? 'internal', reply?.message ?? 'no answer');
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  const end = async (request: CheckpointRequest) => {
    await ask(request);
  };
  return { ask, end };
}
