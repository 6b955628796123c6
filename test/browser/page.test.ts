import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, waitForSlaves } from '../support/cluster.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { numberedLines, rawRunner } from '../support/lines.ts';

const TOKEN = 'a-token-of-the-test';

describe('the page of a master', () => {
  const cluster = new Cluster();
  let browser: Browser;
  let page: Page;
  let master: FleetProcess;
  let agent: FleetProcess;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));

    master = await cluster.master();
    agent = await cluster.agent([master], 'web');
    await waitForSlaves(master, 1);
    const source = join(agent.dir, 'app.log');
    await writeFile(source, numberedLines(0, 1_234));
    await agent.ask('POST', '/logkit/configs/orders', rawRunner(source, 'out.txt'));
    await agent.ask('POST', '/logkit/configs/nowhere', {
      ...rawRunner(source, 'out.txt'),
      senders: [{ sender_type: 'http', http_sender_url: 'http://127.0.0.1:9/' }],
    });
  });

  afterAll(async () => {
    await browser.close();
    await cluster.end();
  });

  it('shows agents and their runners, with throughput and the last error, and stays fresh', async () => {
    await page.goto(master.url);

    const card = page.locator('.slave', { hasText: agent.url });
    await card.waitFor();
    expect(await card.locator('.status').textContent()).toBe('ok');
    expect(await card.locator('.facts').textContent()).toContain('tag web');
    const orders = card.locator('tr', { hasText: 'orders' });
    await orders.getByText('1,234').first().waitFor();
    const nowhere = card.locator('tr', { hasText: 'nowhere' });
    await nowhere.getByText('connection refused').waitFor();
    expect(await page.locator('#counts').textContent()).toBe('1 agent: 1 ok, 0 bad, 0 lost');

    await agent.ask('POST', '/logkit/configs/orders/stop');
    await orders.getByText('stopped').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows only what the filter asks for', async () => {
    await page.locator('#filter').fill('no such agent');
    await page.locator('.slave').waitFor({ state: 'detached' });
    await page.locator('#filter').fill('orders');
    await page.locator('.slave').waitFor();
  });

  it('asks for the token where one is set', async () => {
    const closed = await cluster.master({ auth: { token: TOKEN } });
    const own = await browser.newPage();
    await own.goto(closed.url);
    await own.locator('#token').fill(TOKEN);
    await own.getByRole('button', { name: 'Continue' }).click();

    await own.getByText('No agent has sent a heartbeat').waitFor();
    expect(await own.locator('#login').isHidden()).toBe(true);
  });

  it('asks for a user name and a password where accounts are on', async () => {
    const closed = await cluster.master({
      cluster: { secret: 'a-secret-of-the-test' },
      auth: { accounts: true },
    });
    const secret = /^admin secret: (\S+)$/m.exec(closed.output)?.[1] ?? '';
    const own = await browser.newPage();
    await own.goto(closed.url);
    await own.locator('#username').fill('admin');
    await own.locator('#password').fill('a wrong password');
    await own.getByRole('button', { name: 'Log in' }).click();
    await own.getByText('The user name or the password is wrong.').waitFor();

    await own.locator('#password').fill(secret);
    await own.getByRole('button', { name: 'Log in' }).click();
    await own.getByText('No agent has sent a heartbeat').waitFor();
    expect(await own.locator('#account').isHidden()).toBe(true);
    await own.reload();
    await own.getByText('No agent has sent a heartbeat').waitFor();
    expect(await own.locator('#login').isHidden()).toBe(true);
  });
});
