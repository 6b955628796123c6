import { env } from 'node:process';

export const SERVICE = 'hello-service';

/** Masters, from REGISTRY_URLS with commas between them. */
export function registryUrls(): string[] {
  return (env['REGISTRY_URLS'] ?? 'http://127.0.0.1:3000').split(',');
}

/** Of the client that REGISTRY_CLIENT_ID and REGISTRY_CLIENT_SECRET name; none where they do not. */
export function credentials() {
  const { REGISTRY_CLIENT_ID: clientId, REGISTRY_CLIENT_SECRET: clientSecret } = env;
  return clientId === undefined || clientSecret === undefined ? {} : { clientId, clientSecret };
}
