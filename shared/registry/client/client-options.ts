import { z } from 'zod';
import type { ClientTls } from '../../client/exchange.ts';
import { normalizeAgentUrl } from '../../domain/agent-url.ts';
import { messageOf } from '../../kernel/errors.ts';
import { readAs } from '../read-as.ts';

const URLS_MAX = 100;
const TIMEOUT_MS = { default: 5_000, least: 10, most: 600_000 } as const;

const Url = z.string().transform((text, check) => {
  try {
    return normalizeAgentUrl(text);
  } catch (thrown) {
    check.addIssue(messageOf(thrown));
    return z.NEVER;
  }
});

const Given = z.string().min(1, 'is empty');

/** Where a registry is, and who asks it: nobody, or by a token, as a user, or as a client. */
const ClientOptions = z
  .strictObject({
    /** Of masters, all of one fleet: the first one that answers is asked. */
    urls: z.array(Url).min(1, 'is empty; write one such as http://192.168.0.2:3000').max(URLS_MAX),
    token: Given.optional(),
    username: Given.optional(),
    password: Given.optional(),
    clientId: Given.optional(),
    clientSecret: Given.optional(),
    /** How long one of the servers is waited for. */
    timeoutMs: z
      .number()
      .int()
      .min(TIMEOUT_MS.least)
      .max(TIMEOUT_MS.most)
      .default(TIMEOUT_MS.default),
    userAgent: Given.default('logkit-fleet-registry'),
    tls: z.custom<ClientTls>((given) => typeof given === 'object' && given !== null).optional(),
  })
  .superRefine((options, check) => {
    const { token, username, password, clientId, clientSecret } = options;
    const half = (one: unknown, other: unknown) => (one === undefined) !== (other === undefined);
    if (half(username, password)) check.addIssue('username and password go together; give both');
    if (half(clientId, clientSecret)) {
      check.addIssue('clientId and clientSecret go together; give both');
    }
    const ways = [token, username, clientId].filter((way) => way !== undefined);
    if (ways.length > 1) {
      check.addIssue('give one of token, username with password, clientId with clientSecret');
    }
  });
export type ClientOptions = z.output<typeof ClientOptions>;
export type ClientOptionsInput = z.input<typeof ClientOptions>;

/** @throws RegistryError `INVALID_CONFIG` that says which option is wrong, and how. */
export function readClientOptions(given: ClientOptionsInput): ClientOptions {
  return readAs(ClientOptions, given, 'INVALID_CONFIG');
}
