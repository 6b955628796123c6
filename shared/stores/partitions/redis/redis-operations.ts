import { numbersOf, textOf, textsOf } from '../../redis/replies.ts';
import { inSteps } from '../../redis/steps.ts';
import type { ChosenPartition, PartitionOperations } from '../partition-store.ts';
import { otherRangeError, unknownPartitionError, versionError } from '../store-errors.ts';
import { idText, spanOf } from './id-text.ts';
import { SET_PAUSED } from './lua/namespace-scripts.ts';
import { CANCEL, EDIT, REMOVE, RETRY } from './lua/operation-scripts.ts';
import { CREATE } from './lua/plan-scripts.ts';
import type { NamespaceScripts, Refusal } from './namespace-scripts.ts';
import { newPartitionText, partitionsOf } from './partition-texts.ts';
import { retriedOf, retryWords } from './retry-words.ts';
import { sortedIds } from './sorted-ids.ts';

export function redisOperations(scripts: NamespaceScripts): PartitionOperations {
  return {
    create: async (partitions) => {
      const ids = partitions.map(({ id }) => idText(id));
      const words = [String(ids.length), ...ids, ...partitions.map(newPartitionText)];
      const rows = textOf(await scripts.run(CREATE, words, otherRange(partitions)));
      const there = new Map(partitionsOf(rows).map((each) => [each.id, each]));
      return [...there.values()].toSorted((a, b) => a.id - b.id);
    },
    edit: async (id, { options, priority }, expectedVersion) => {
      const words = [
        ...[idText(id), expectedVersion === null ? '' : String(expectedVersion)],
        ...(options === undefined ? ['0', ''] : ['1', JSON.stringify(options)]),
        ...(priority === undefined ? ['0', ''] : ['1', String(priority)]),
      ];
      const rows = textOf(await scripts.run(EDIT, words, notEdited(id, expectedVersion ?? 0)));
      const [edited] = partitionsOf(rows);
      if (edited === undefined) throw unknownPartitionError(id);
      return edited;
    },
    retry: async (request) => {
      const [again = '', skipped = ''] = textsOf(await scripts.run(RETRY, retryWords(request)));
      return retriedOf(again, skipped);
    },
    cancel: (ids, reason) =>
      inSteps(sortedIds(ids), async (some) =>
        numbersOf(await scripts.run(CANCEL, [JSON.stringify(reason), ...some.map(idText)])),
      ),
    remove: (ids) =>
      inSteps(sortedIds(ids), async (some) =>
        numbersOf(await scripts.run(REMOVE, some.map(idText))),
      ),
    setPaused: async (isPaused) => {
      await scripts.run(SET_PAUSED, [isPaused ? '1' : '0']);
    },
  };
}

function otherRange(partitions: readonly ChosenPartition[]): Refusal {
  return (code, text) => {
    if (code !== 'OTHER') return null;
    const [nth, span = ''] = text.split(' ');
    const asked = partitions[Number(nth) - 1];
    return asked === undefined ? null : otherRangeError(asked, spanOf(span));
  };
}

function notEdited(id: number, expected: number): Refusal {
  return (code, text) => {
    if (code === 'UNKNOWN') return unknownPartitionError(id);
    return code === 'VERSION' ? versionError(id, expected, Number(text)) : null;
  };
}
