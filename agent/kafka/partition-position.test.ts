import { describe, expect, it } from 'vitest';
import { ownPosition, type Position, startOf } from './partition-position.ts';

const TOPIC = '6f1c2b9a-3d4e-4f50-8a6b-7c8d9e0f1a2b';
const OTHER = '00000000-0001-4f50-8a6b-7c8d9e0f1a2b';
const GENERATION = Number.parseInt('6f1c2b9a3d4e', 16);
const at = (offset: number, topic = TOPIC): Position => ({ generation: 3, topic, offset });

interface Case {
  readonly why: string;
  readonly kept: unknown;
  readonly told: number;
  readonly topicId?: string;
  readonly start: object;
}

describe('where a partition is read on', () => {
  it.each<Case>([
    {
      why: 'nobody has read',
      kept: undefined,
      told: -1,
      start: { generation: GENERATION, topic: TOPIC, offset: null },
    },
    {
      why: 'another agent has read, and this one not yet',
      kept: undefined,
      told: 7,
      start: { generation: GENERATION, topic: TOPIC, offset: 7 },
    },
    {
      why: 'this agent was killed before it could tell the group',
      kept: at(9),
      told: 7,
      start: { generation: 3, topic: TOPIC, offset: 9 },
    },
    {
      why: 'another agent had the partition meanwhile',
      kept: at(9),
      told: 12,
      start: { generation: 3, topic: TOPIC, offset: 12 },
    },
    {
      why: 'the topic was made anew under its name',
      kept: at(9, OTHER),
      told: -1,
      start: { generation: GENERATION, topic: TOPIC, offset: null },
    },
    {
      why: 'brokers have come to tell ids of topics',
      kept: at(9, ''),
      told: 7,
      start: { generation: 3, topic: TOPIC, offset: 9 },
    },
    {
      why: 'brokers tell no ids',
      kept: undefined,
      told: -1,
      topicId: '',
      start: { generation: 0, topic: '', offset: null },
    },
    {
      why: 'what was kept is none',
      kept: { offset: 'x' },
      told: 3,
      start: { generation: GENERATION, topic: TOPIC, offset: 3 },
    },
  ])('$why', ({ kept, told, topicId = TOPIC, start }) => {
    expect(startOf(ownPosition(kept, topicId), told, topicId)).toEqual(start);
  });
});
