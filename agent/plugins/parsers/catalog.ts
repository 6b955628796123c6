import type { ParserPlugin } from '../plugin.ts';
import { csvParser } from './csv.ts';
import { jsonParser } from './json.ts';
import { nginxParser } from './nginx.ts';
import { rawParser } from './raw.ts';

export const PARSERS: readonly ParserPlugin[] = [rawParser, jsonParser, csvParser, nginxParser];
