// The first page: the fleet as this master sees it, asked anew every few seconds.
// It uses the public API only; see /logkit/cluster/* in the documentation.

const REFRESH_MS = 3000;
const SLAVES_SHOWN_MAX = 200;
const TOKEN_KEY = 'logkit-fleet-token';

const byId = (id) => document.getElementById(id);
const shown = { fleet: [], note: '' };

/** `login` says where a token is to be had for a user name and a password; null: nowhere. */
class Unauthorized extends Error {
  constructor(message, login) {
    super(message);
    this.login = login;
  }
}

async function ask(path) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(path, { headers, cache: 'no-store' });
  const body = await answer.json();
  if (answer.status === 401) throw new Unauthorized(body.message, body.data?.login ?? null);
  if (!answer.ok) throw new Error(body.message ?? `HTTP ${answer.status}`);
  return body.data;
}

/** One entry an agent: what its heartbeat says, and what it says itself. */
async function askFleet() {
  try {
    const [slaves, statuses] = await Promise.all([
      ask('/logkit/cluster/slaves'),
      ask('/logkit/cluster/status'),
    ]);
    const fleet = slaves.map((slave) => ({ ...slave, ...detailOf(statuses[slave.url]) }));
    const note = fleet.length === 0 ? 'No agent has sent a heartbeat to this process yet.' : '';
    return { fleet, note };
  } catch (error) {
    if (error.message !== 'cluster function not configed') throw error;
    const runners = await ask('/logkit/status');
    const self = { url: location.origin, tag: '', status: 'ok', runners, trouble: '' };
    return {
      fleet: [self],
      note: 'cluster.enable is false: these are the runners of this process.',
    };
  }
}

function detailOf(detail) {
  return { runners: detail?.status ?? {}, trouble: (detail?.error ?? '').trim() };
}

async function refresh() {
  try {
    Object.assign(shown, await askFleet());
    askWho('none');
  } catch (error) {
    if (error instanceof Unauthorized) askWho(error.login === null ? 'login' : 'account');
    shown.note = error instanceof Unauthorized ? '' : `Cannot reach the master: ${error.message}`;
  }
  render();
}

/** Shows one of the forms, or none; a field that somebody writes in stays as it is. */
function askWho(wanted) {
  for (const id of ['login', 'account']) byId(id).hidden = id !== wanted;
}

async function logIn(username, password) {
  const answer = await fetch('/auth/login', {
    method: 'POST',
    body: JSON.stringify({ username, password }),
  });
  const { code, msg, data } = await answer.json();
  if (code === 40100) throw new Error('The user name or the password is wrong.');
  if (code !== 20000) throw new Error(msg);
  sessionStorage.setItem(TOKEN_KEY, data.token);
}

function render() {
  const wanted = byId('filter').value.trim().toLowerCase();
  const matching = shown.fleet.filter((slave) => textOf(slave).includes(wanted));
  const cards = matching.slice(0, SLAVES_SHOWN_MAX).map(slaveCard);
  byId('fleet').replaceChildren(...cards);
  byId('counts').textContent = countsOf(shown.fleet);
  const hidden = matching.length - cards.length;
  const more = hidden > 0 ? `${hidden} more agents match; narrow the filter to see them.` : '';
  byId('notice').textContent = [shown.note, more].filter((line) => line !== '').join('\n');
  byId('notice').hidden = byId('notice').textContent === '';
}

function textOf({ url, tag, status, runners }) {
  return [url, tag, status, ...Object.keys(runners)].join(' ').toLowerCase();
}

function countsOf(fleet) {
  const count = (status) => fleet.filter((slave) => slave.status === status).length;
  return `${fleet.length === 1 ? '1 agent' : `${fleet.length} agents`}: ${count('ok')} ok, ${count('bad')} bad, ${count('lost')} lost`;
}

function slaveCard(slave) {
  const card = byId('slave').content.cloneNode(true);
  const runners = Object.values(slave.runners);
  const status = card.querySelector('.status');
  status.textContent = slave.status;
  status.classList.add(slave.status);
  card.querySelector('.url').textContent = slave.url;
  card.querySelector('.facts').textContent = factsOf(slave, runners.length);
  card.querySelector('.trouble').textContent = slave.trouble;
  card.querySelector('.trouble').hidden = slave.trouble === '';
  card.querySelector('tbody').replaceChildren(...runners.map(runnerRow));
  if (runners.length === 0) card.querySelector('table').remove();
  return card;
}

function factsOf({ tag, last_touch: lastTouch }, runnerCount) {
  const facts = [`tag ${tag === '' ? '(none)' : tag}`];
  if (lastTouch !== undefined) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(lastTouch)) / 1000));
    facts.push(`last heartbeat ${seconds} s ago`);
  }
  facts.push(runnerCount === 1 ? '1 runner' : `${runnerCount} runners`);
  return facts.join(' · ');
}

function runnerRow(runner) {
  const row = document.createElement('tr');
  const state = stateOf(runner);
  const sent = Object.values(runner.senderStats ?? {}).map(({ success }) => success);
  const cells = [
    [runner.name, ''],
    [state, state],
    [grouped(runner.readDataCount), 'number'],
    [grouped(runner.readspeed), 'number'],
    [bytes(runner.readspeed_kb), 'number'],
    [bytes(runner.lag?.size ?? 0), 'number'],
    [sent.map(grouped).join(' / '), 'number'],
    [lastErrorOf(runner), 'error'],
  ];
  for (const [text, kind] of cells) {
    const cell = document.createElement('td');
    cell.textContent = text;
    if (kind !== '') cell.className = kind;
    row.append(cell);
  }
  return row;
}

function stateOf({ runningStatus, stalled, error }) {
  if (stalled) return 'stalled';
  if (!error) return runningStatus;
  return runningStatus === 'stopped' ? 'failed' : 'trouble';
}

function lastErrorOf(runner) {
  if (runner.error) return runner.error;
  const stages = [
    runner.readerStats,
    runner.parserStats,
    ...Object.values(runner.senderStats ?? {}),
  ];
  return stages.map((stage) => stage?.last_error ?? '').find((text) => text !== '') ?? '';
}

const grouped = (count) => (count ?? 0).toLocaleString('en');

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = count ?? 0;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

async function keepFresh() {
  // One question at a time: a slow master is not asked again before it has answered.
  await refresh();
  setTimeout(keepFresh, document.hidden ? REFRESH_MS * 10 : REFRESH_MS);
}

byId('filter').addEventListener('input', render);
byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN_KEY, byId('token').value);
  byId('token').value = '';
  void refresh();
});
byId('account').addEventListener('submit', async (event) => {
  event.preventDefault();
  const password = byId('password').value;
  byId('password').value = '';
  byId('refusal').hidden = true;
  try {
    await logIn(byId('username').value, password);
    await refresh();
  } catch (error) {
    byId('refusal').textContent = error.message;
    byId('refusal').hidden = false;
  }
});
ask('/logkit/version')
  .then(({ version }) => {
    byId('version').textContent = version;
  })
  .catch(() => undefined);
void keepFresh();
