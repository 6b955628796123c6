import { z } from 'zod';
import { ServiceName } from '../domain/registration.ts';
import { AgentUrl, items, secret, text } from './key-types.ts';

/** The part `cluster.discovery` of the main configuration: where an agent finds its masters. */
export const DiscoveryConfig = z
  .object({
    urls: items(AgentUrl)
      .default([])
      .meta({
        description:
          'Where the registry is in which the masters are found: some of the masters. Empty: heartbeats go to `cluster.master_url` alone.',
        examples: [['http://192.168.0.2:3000']],
      }),
    client_id: text('', 'As which client the agent asks the registry, when it was made already.'),
    client_secret: secret('The secret of `client_id`. May be `${env:NAME}` or `${file:PATH}`.'),
    enrol_token: secret(
      'With it the agent becomes a client once, and keeps what it is given in `data_dir`. May be `${env:NAME}` or `${file:PATH}`.',
    ),
    service: ServiceName.default('logkit-master').meta({
      description: 'Under which name the masters are registered.',
    }),
  })
  .superRefine(({ urls, client_id, client_secret, enrol_token }, context) => {
    const problem = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (client_id !== '' && client_secret === '') {
      problem('client_secret', 'is missing though client_id is given; write both');
    }
    if (client_id === '' && client_secret !== '') {
      problem('client_id', 'is missing though client_secret is given; write both');
    }
    if (client_id !== '' && enrol_token !== '') {
      const message = 'cannot go with client_id, which it is there to get; remove one of them';
      problem('enrol_token', message);
    }
    if (urls.length === 0 && client_id + client_secret + enrol_token !== '') {
      problem(
        'urls',
        'is empty though other keys of it are given; write ["http://<host of a master>:<port>"]',
      );
    }
  });
export type DiscoveryConfig = Readonly<z.output<typeof DiscoveryConfig>>;
