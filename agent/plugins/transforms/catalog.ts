import type { TransformPlugin } from '../plugin.ts';
import { arrayexpandTransform } from './arrayexpand.ts';
import { caseTransform } from './case.ts';
import { concatTransform } from './concat.ts';
import { convertTransform } from './convert.ts';
import { copyTransform } from './copy.ts';
import { dateTransform } from './date.ts';
import { discardTransform } from './discard.ts';
import { jsonTransform } from './json.ts';
import { keyvalueTransform } from './keyvalue.ts';
import { addTransform, labelTransform } from './label.ts';
import { mapreplaceTransform } from './mapreplace.ts';
import { number2ipTransform } from './number2ip.ts';
import { pandoraKeyConvertTransform } from './pandora_key_convert.ts';
import { pickTransform } from './pick.ts';
import { renameTransform } from './rename.ts';
import { replaceTransform } from './replace.ts';
import { splitTransform } from './split.ts';
import { substringTransform } from './substring.ts';
import { timestampTransform } from './timestamp.ts';
import { trimTransform } from './trim.ts';
import { urlconvertTransform } from './urlconvert.ts';
import { urlparamTransform } from './urlparam.ts';
import { xmlTransform } from './xml.ts';

export const TRANSFORMS: readonly TransformPlugin[] = [
  renameTransform,
  discardTransform,
  replaceTransform,
  labelTransform,
  addTransform,
  arrayexpandTransform,
  caseTransform,
  concatTransform,
  convertTransform,
  copyTransform,
  dateTransform,
  jsonTransform,
  keyvalueTransform,
  mapreplaceTransform,
  number2ipTransform,
  pandoraKeyConvertTransform,
  pickTransform,
  splitTransform,
  substringTransform,
  timestampTransform,
  trimTransform,
  urlconvertTransform,
  urlparamTransform,
  xmlTransform,
];
