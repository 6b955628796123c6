import { jsonToChanged } from './json-to-changed.ts';
import { jsonToFile } from './json-to-file.ts';
import { nginxToJson } from './nginx-to-json.ts';
import { rawToFile } from './raw-to-file.ts';
import { rawToHttp } from './raw-to-http.ts';
import { rawToJson } from './raw-to-json.ts';
import { type Route } from './route.ts';

/** What some routes are besides: the same way, under another condition. */
function variant(
  route: Route,
  name: string,
  { targets = [], ...condition }: Partial<Route>,
): Route {
  return { ...route, rivals: [], targets, ...condition, name: `${route.name}, ${name}` };
}

const HEARTBEATS = {
  isMaster: true,
  targets: [{ figure: 'heartbeat_p99_ms', target: { at_most: 100 } }],
};

/** All that is measured, in this order in each round. */
export const ROUTES: readonly Route[] = [
  rawToFile,
  rawToJson,
  jsonToFile,
  jsonToChanged,
  nginxToJson,
  rawToHttp,
  variant(rawToFile, 'run from source', { fromSource: true }),
  variant(rawToFile, 'durability power', {
    runner: { ...rawToFile.runner, durability: 'power' },
  }),
  variant(rawToFile, 'as a master', HEARTBEATS),
  variant(jsonToFile, 'as a master', HEARTBEATS),
];
