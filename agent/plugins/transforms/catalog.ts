import type { TransformPlugin } from '../plugin.ts';
import { discardTransform } from './discard.ts';
import { filterTransform } from './filter.ts';
import { ipTransform } from './ip.ts';
import { k8sTagTransform } from './k8stag.ts';
import { addTransform, labelTransform } from './label.ts';
import { renameTransform } from './rename.ts';
import { replaceTransform } from './replace.ts';
import { scriptTransform } from './script.ts';
import { userAgentTransform } from './useragent.ts';

export const TRANSFORMS: readonly TransformPlugin[] = [
  renameTransform,
  discardTransform,
  replaceTransform,
  labelTransform,
  addTransform,
  filterTransform,
  scriptTransform,
  ipTransform,
  userAgentTransform,
  k8sTagTransform,
];
