import type { SenderPlugin } from '../plugin.ts';
import { discardSender } from './discard.ts';
import { elasticsearchSender } from './elasticsearch.ts';
import { fileSender } from './file.ts';
import { httpSender } from './http.ts';

export const SENDERS: readonly SenderPlugin[] = [
  fileSender,
  httpSender,
  elasticsearchSender,
  discardSender,
];
