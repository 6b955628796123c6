import type { SenderPlugin } from '../plugin.ts';
import { discardSender } from './discard.ts';
import { fileSender } from './file.ts';
import { httpSender } from './http.ts';

export const SENDERS: readonly SenderPlugin[] = [fileSender, httpSender, discardSender];
