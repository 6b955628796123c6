/** Stands in an answer where a secret is; in a change it means "as it was". */
export const REDACTED = '******';

const SECRET_NAME =
  /passw|secret|token|credential|authorization|community|(^|_)(ak|sk|pwd|key_id|(?<!log_)headers|datasource|http_body)$|^tls_key$|api_?key/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#@]*@/i;
const URL_QUERY = /([?&]([^=&#\s]+)=)([^&#\s]+)/g;
/** `${env:NAME}` is no secret, and is worth seeing. */
const REFERENCE = /^\$\{(env|file):[^}]*\}$/;

type Options = Readonly<Record<string, unknown>>;

/** A plugin's options as people may see them: what is secret by its name or in a URL is not there. */
export function redactedOptions(options: Options): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, redactedValue(key, value)]),
  );
}

/** The options of a change, with the stored secret wherever the change says "as it was". */
export function restoredOptions<O extends Options>(change: O, stored: Options): O {
  const pairs = Object.entries(change).map(([key, value]) => [
    key,
    isRedacted(value) && redactedValue(key, stored[key]) === value ? stored[key] : value,
  ]);
  return Object.fromEntries(pairs) as O;
}

export function isRedacted(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return value === REDACTED || value.includes(`:${REDACTED}@`) || value.includes(`=${REDACTED}`);
}

/** A URL without its password, and without the values of parameters that are secret by their name. */
export function redactedUrl(text: string): string {
  return text
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(URL_QUERY, (all: string, start: string, name: string, value: string) =>
      isSecretParameter(name) && !REFERENCE.test(value) ? start + REDACTED : all,
    );
}

function isSecretParameter(name: string): boolean {
  return SECRET_NAME.test(name) || /^(key|sig|signature|auth)$/i.test(name);
}

function redactedValue(key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value === '' || REFERENCE.test(value)) return value;
  return SECRET_NAME.test(key) ? REDACTED : redactedUrl(value);
}
