import type { TransformPlugin } from '../plugin.ts';
import { discardTransform } from './discard.ts';
import { filterTransform } from './filter.ts';
import { addTransform, labelTransform } from './label.ts';
import { renameTransform } from './rename.ts';
import { replaceTransform } from './replace.ts';
import { scriptTransform } from './script.ts';

export const TRANSFORMS: readonly TransformPlugin[] = [
  renameTransform,
  discardTransform,
  replaceTransform,
  labelTransform,
  addTransform,
  filterTransform,
  scriptTransform,
];
