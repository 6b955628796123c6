import type { TransformPlugin } from '../plugin.ts';
import { arrayexpandTransform } from './arrayexpand.ts';
import { caseTransform } from './case.ts';
import { concatTransform } from './concat.ts';
import { convertTransform } from './convert.ts';
import { copyTransform } from './copy.ts';
import { dateTransform } from './date.ts';
import { dedupeTransform } from './dedupe.ts';
import { discardTransform } from './discard.ts';
import { filterTransform } from './filter.ts';
import { hashTransform } from './hash.ts';
import { ipTransform } from './ip.ts';
import { jsonTransform } from './json.ts';
import { k8sTagTransform } from './k8stag.ts';
import { keyvalueTransform } from './keyvalue.ts';
import { addTransform, labelTransform } from './label.ts';
import { mapreplaceTransform } from './mapreplace.ts';
import { maskTransform } from './mask.ts';
import { number2ipTransform } from './number2ip.ts';
import { pandoraKeyConvertTransform } from './pandora_key_convert.ts';
import { pickTransform } from './pick.ts';
import { renameTransform } from './rename.ts';
import { replaceTransform } from './replace.ts';
import { sampleTransform } from './sample.ts';
import { scriptTransform } from './script.ts';
import { splitTransform } from './split.ts';
import { substringTransform } from './substring.ts';
import { throttleTransform } from './throttle.ts';
import { timestampTransform } from './timestamp.ts';
import { trimTransform } from './trim.ts';
import { urlconvertTransform } from './urlconvert.ts';
import { urlparamTransform } from './urlparam.ts';
import { userAgentTransform } from './useragent.ts';
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
  dedupeTransform,
  hashTransform,
  jsonTransform,
  keyvalueTransform,
  mapreplaceTransform,
  maskTransform,
  number2ipTransform,
  pandoraKeyConvertTransform,
  pickTransform,
  sampleTransform,
  splitTransform,
  substringTransform,
  throttleTransform,
  timestampTransform,
  trimTransform,
  urlconvertTransform,
  urlparamTransform,
  xmlTransform,
  filterTransform,
  scriptTransform,
  ipTransform,
  userAgentTransform,
  k8sTagTransform,
];
