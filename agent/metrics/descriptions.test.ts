import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { METRICS } from './catalog.ts';
import { METRIC_DESCRIPTIONS } from './descriptions.ts';

describe('the description of metrics', () => {
  it('knows all of them', () => {
    expect(METRIC_DESCRIPTIONS.map(({ type }) => type)).toEqual([...METRICS.keys()]);
  });

  // A machine may have no disk and no card to tell of.
  const certain = METRIC_DESCRIPTIONS.filter(
    ({ type }) => !['disk', 'diskio', 'net'].includes(type),
  );

  it.each(certain)('has the fields that are collected of $type', async ({ type, fields }) => {
    const [sample = {}] = await samplesOf(type);

    expect(fields.toSorted()).toEqual(Object.keys(sample).toSorted());
  });

  it.each(METRIC_DESCRIPTIONS)('has every field of each record of $type', async (metric) => {
    const samples = await samplesOf(metric.type);
    const strange = samples.flatMap(Object.keys).filter((name) => !metric.fields.includes(name));

    expect(strange).toEqual([]);
  });
});

async function samplesOf(type: string) {
  const proc = (name: string) => readFile(`/proc/${name}`, 'utf8');
  const collector = METRICS.get(type)?.({});
  return (await collector?.collect({ proc, nowMs: 1 })) ?? [];
}
