import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METRICS } from '../shared/coordinator/metric-table.ts';

const MONITORING = join(import.meta.dirname, '..', 'deploy', 'monitoring');
const SELECTOR = /elk_coordinator_(\w+)(?:\{([^}]*)\})?/g;
const BY = /by \(([^)]+)\)/g;

const Panel = z.object({
  ...{ id: z.number(), type: z.string(), title: z.string() },
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
});
const Dashboard = z.object({ uid: z.string(), panels: z.array(Panel) });

/** By the names that Prometheus has them under, the labels of each. */
const SERIES = new Map<string, readonly string[]>(
  Object.entries(METRICS).flatMap(([name, { type, labels }]) =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_sum`, labels],
          [`${name}_count`, labels],
        ]
      : [[name, labels]],
  ),
);
/** What Prometheus adds itself. */
const ADDED = ['job', 'instance'];

async function dashboard() {
  const path = join(MONITORING, 'grafana', 'dashboards', 'elk-coordinator.json');
  return Dashboard.parse(JSON.parse(await readFile(path, 'utf8')));
}

async function alerts(): Promise<string> {
  return readFile(join(MONITORING, 'alerts.yml'), 'utf8');
}

/** What of an expression no figure of the table stands for. */
function unknownIn(expression: string): string[] {
  const used = [...expression.matchAll(SELECTOR)];
  const known = new Set(used.flatMap(([, name = '']) => SERIES.get(name) ?? []).concat(ADDED));
  const labels = [
    ...used.flatMap(([, , selector = '']) => selector.match(/\w+(?==|!=)/g) ?? []),
    ...[...expression.matchAll(BY)].flatMap(([, by = '']) => by.split(', ')),
  ];
  return [
    ...used.map(([, name = '']) => name).filter((name) => !SERIES.has(name)),
    ...labels.filter((label) => !known.has(label)),
  ];
}

describe('the monitoring of partitioned work', () => {
  it('asks in its dashboard for figures and labels that there are', async () => {
    const { uid, panels } = await dashboard();
    const shown = panels.flatMap(({ targets }) => targets);

    expect(uid).toBe('elk-coordinator');
    expect(shown.length).toBeGreaterThan(40);
    for (const { expr, legendFormat } of shown) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect(unknownIn(expr), expr).toEqual([]);
      const known = [...expr.matchAll(SELECTOR)].flatMap(([, name = '']) => SERIES.get(name) ?? []);
      expect(
        named.filter((label) => !known.includes(label)),
        expr,
      ).toEqual([]);
    }
  });

  it('shows every figure of the table somewhere', async () => {
    const text = JSON.stringify(await dashboard());
    const used = new Set([...text.matchAll(SELECTOR)].map(([, name = '']) => name));
    const isShown = (name: string) =>
      ['', '_bucket', '_count'].some((suffix) => used.has(name + suffix));

    expect(Object.keys(METRICS).filter((name) => !isShown(name))).toEqual([]);
  });

  it('has a row for each part, and no panels that lie over each other', async () => {
    const { panels } = await dashboard();
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), title).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      ...['Leader', 'Task', 'Node', 'Breaker', 'Leases', 'Gaps and commands', 'Store'],
    ]);
  });

  it('takes quantiles of what was lately, not of all times', async () => {
    const expressions = (await dashboard()).panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => expr),
    );
    const all = `${expressions.join('\n')}\n${await alerts()}`;
    const quantiles = all.split('\n').filter((line) => line.includes('histogram_quantile'));

    expect(quantiles.length).toBeGreaterThan(5);
    for (const line of quantiles)
      expect(line).toMatch(/histogram_quantile\([\d.]+, sum by \([\w, ]*le[\w, ]*\) \(rate\(/);
  });

  it('alerts by figures and labels that there are', async () => {
    const expressions = (await alerts()).split('- alert: ').slice(1);

    expect(expressions.length).toBeGreaterThan(10);
    for (const text of expressions) {
      const [, expression = ''] = /expr: ([\s\S]*?)\n {8}\w+:/.exec(text) ?? [];
      expect(expression, text).not.toBe('');
      expect(unknownIn(expression), expression).toEqual([]);
      const [, labels = ''] = /\$labels\.(\w+)/.exec(text) ?? [];
      if (labels !== '') expect([...ADDED, ...labelsOf(expression)]).toContain(labels);
    }
  });
});

function labelsOf(expression: string): readonly string[] {
  return [...expression.matchAll(SELECTOR)].flatMap(([, name = '']) => SERIES.get(name) ?? []);
}
