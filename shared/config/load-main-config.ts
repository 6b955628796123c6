import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';
import { pathText, problemOf } from './config-problem.ts';
import { CONFIG_CHARACTERS_MAX, parseConfigText } from './config-text.ts';
import { type Overridden, withEnvOverrides, withRedisAddress } from './env-overrides.ts';
import { MainConfig } from './main-config.ts';
import { configKeys, mainConfigJsonSchema } from './main-config-keys.ts';
import { resolveSecretRefs, type SecretSources, secretSources } from './secret-refs.ts';
import { storeUrlProblem } from './store-config.ts';
import { unknownKeyWarnings } from './unknown-keys.ts';

const UTF8_BYTES_A_CHARACTER_MAX = 3;
/** Of `logkit.conf.json`: what belongs to it lies where logkit's users look for it. */
const STANDARD_NAME = 'logkit';

interface Loading {
  /** As the user named it: messages name it the same way. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths, of the file and in it, start here. */
  readonly cwd: string;
  /** The folder of the program itself, which holds `public`. */
  readonly programDir: string;
}

interface LoadedConfig {
  readonly config: MainConfig;
  /** Absolute. */
  readonly file: string;
  /** One line each, with its place. */
  readonly warnings: readonly string[];
}

/**
 * Reads the main configuration, puts `LOGKIT_<KEY>` variables over it, checks it, resolves secret
 * references and makes every path absolute.
 *
 * @throws AppError `invalid`, one line: `<file>: <key>: <what is wrong>; <what would be right>`, or
 * the variable in place of file and key.
 */
export function loadMainConfig(loading: Loading): LoadedConfig {
  const { file, env, cwd } = loading;
  const path = resolve(cwd, file);
  const schema = mainConfigJsonSchema();

  const fromFile = parseConfigText(readText(path, file), file);
  const overridden = withRedisAddress(withEnvOverrides(fromFile, env, configKeys(schema)), env);
  const result = MainConfig.safeParse(overridden.given);
  if (!result.success) {
    const [first, ...others] = result.error.issues.map(
      (issue) => placeOf(issue.path, file, overridden) + problemOf(issue, overridden.given, schema),
    );
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new AppError('invalid', `${first ?? file}${more}`);
  }

  const secrets = withSecrets(result.data, overridden, file, secretSources(env, cwd));
  return {
    config: withPlaces(secrets, loading),
    file: path,
    warnings: [
      ...unknownKeyWarnings(fromFile, schema).map((warning) => `${file}: ${warning}`),
      ...overridden.warnings,
    ],
  };
}

/** Synchronous: the pool of file threads is sized by the configuration, so it must not be up yet. */
function readText(path: string, file: string): string {
  try {
    const { size } = statSync(path);
    if (size > CONFIG_CHARACTERS_MAX * UTF8_BYTES_A_CHARACTER_MAX) throw new Error('it is too big');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new AppError(
      'invalid',
      `${file}: cannot be read: ${reasonOf(cause)}; name a configuration file with -f`,
      { cause },
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no UTF-8 text',
};

function reasonOf(cause: unknown): string {
  return REASONS[systemCode(cause) ?? ''] ?? messageOf(cause);
}

/** `<file>: <key>: `, or the variable when the value comes from one. */
function placeOf(path: readonly PropertyKey[], file: string, { variables }: Overridden): string {
  const key = pathText(path);
  const variable = variables.get(key.replace(/\[.*$/, ''));
  if (variable !== undefined) return `${variable}: `;
  return key === '' ? `${file}: ` : `${file}: ${key}: `;
}

function withSecrets(
  config: MainConfig,
  overridden: Overridden,
  file: string,
  sources: SecretSources,
): MainConfig {
  const placed = (path: readonly string[]) => placeOf(path, file, overridden);
  const secretOf = (path: readonly string[], text: string) =>
    resolvedSecret(text, placed(path), sources);
  const { auth, cluster } = config;
  const { discovery } = cluster;
  const inDiscovery = (key: string) => ['cluster', 'discovery', key];
  const storeUrl = placed(['store', 'url']);
  const store = { ...config.store, url: resolvedText(config.store.url, storeUrl, sources) };
  const problem = storeUrlProblem(store);
  if (problem !== null) throw new AppError('invalid', storeUrl + problem);
  return {
    ...config,
    auth: { ...auth, token: secretOf(['auth', 'token'], auth.token) },
    cluster: {
      ...cluster,
      secret: secretOf(['cluster', 'secret'], cluster.secret),
      discovery: {
        ...discovery,
        client_secret: secretOf(inDiscovery('client_secret'), discovery.client_secret),
        enrol_token: secretOf(inDiscovery('enrol_token'), discovery.enrol_token),
      },
    },
    store,
  };
}

/** An empty secret would switch the protection off, so a reference may not lead to one. */
function resolvedSecret(text: string, place: string, sources: SecretSources): string {
  if (text === '') return text;
  const value = resolvedText(text, place, sources);
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new AppError(
    'invalid',
    value.trim() === ''
      ? `${place}${JSON.stringify(text)} is empty; give it a value, or remove the key`
      : `${place}the value cannot stand in an HTTP header; use letters, digits and signs of ASCII without blanks`,
  );
}

function resolvedText(text: string, place: string, sources: SecretSources): string {
  try {
    return resolveSecretRefs(text, sources).value;
  } catch (cause) {
    throw new AppError('invalid', place + messageOf(cause), { cause });
  }
}

function withPlaces(config: MainConfig, { file, cwd, programDir }: Loading): MainConfig {
  const absolute = (path: string) => resolve(cwd, path);
  const ifGiven = (path: string) => (path === '' ? '' : absolute(path));
  const orElse = (path: string, fallback: string) => (path === '' ? fallback : absolute(path));
  const { policy, tls, store } = config;
  const name = nameOf(file);
  const isStandard = name === STANDARD_NAME;

  return {
    ...config,
    max_procs: config.max_procs === 0 ? availableParallelism() : config.max_procs,
    log: orElse(config.log, resolve(cwd, 'run', `${isStandard ? 'logkit-fleet' : name}.log`)),
    clean_self_dir: absolute(config.clean_self_dir),
    static_root_path: orElse(config.static_root_path, join(programDir, 'public')),
    plugins_dir: ifGiven(config.plugins_dir),
    confs_path: config.confs_path.map((pattern) => absolutePattern(pattern, cwd)),
    rest_dir: orElse(config.rest_dir, resolve(cwd, '.logkitconfs', isStandard ? '' : name)),
    audit_dir: absolute(config.audit_dir),
    data_dir: orElse(config.data_dir, resolve(cwd, 'data', name)),
    store: {
      ...store,
      path: ifGiven(store.path),
      tls: {
        ...store.tls,
        ca: ifGiven(store.tls.ca),
        cert: ifGiven(store.tls.cert),
        key: ifGiven(store.tls.key),
      },
    },
    tls: { cert: ifGiven(tls.cert), key: ifGiven(tls.key), ca: ifGiven(tls.ca) },
    policy: {
      ...policy,
      read_paths: policy.read_paths.map(absolute),
      write_paths: policy.write_paths.map(absolute),
    },
  };
}

/** Two programs in one folder keep their state apart by the names of their configurations. */
function nameOf(file: string): string {
  const name = basename(file).replace(/(?:\.conf)?\.json$|\.conf$/, '');
  return name === '' ? basename(file) : name;
}

/** The folder that the pattern starts from is meant as it is written, whatever signs it holds. */
function absolutePattern(pattern: string, cwd: string): string {
  return isAbsolute(pattern) ? pattern : join(cwd.replace(/[[*?{]/g, '[$&]'), pattern);
}
