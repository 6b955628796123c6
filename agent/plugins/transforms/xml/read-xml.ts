import { XMLParser } from 'fast-xml-parser';
import { isRecord } from '../../../records/is-record.ts';
import { numberOrText } from '../../../records/scalar-text.ts';
import { setField as setNamed } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';
import { decodeEntities } from './entities.ts';

/** The object that a document is. Throws an Error that says why the text is none. */
export type ReadXml = (text: string) => LogRecord;

interface XmlForm {
  readonly keepsTexts: boolean;
  readonly hasAttributes: boolean;
}

const LENGTH_MAX = 1024 * 1024;
const LEVELS_MAX = 100;

export function xmlReader({ keepsTexts, hasAttributes }: XmlForm): ReadXml {
  const parser = new XMLParser({
    ignoreAttributes: !hasAttributes,
    attributeNamePrefix: '-',
    textNodeName: '#text',
    ignoreDeclaration: true,
    ignorePiTags: true,
    parseTagValue: false,
    parseAttributeValue: false,
    maxNestedTags: LEVELS_MAX,
    processEntities: true,
    entityDecoder: {
      setExternalEntities: () => undefined,
      addInputEntities: () => undefined,
      reset: () => undefined,
      setXmlVersion: () => undefined,
      decode: decodeEntities,
    },
  });
  return (text) => {
    if (text.length > LENGTH_MAX) throw new Error(`is longer than ${LENGTH_MAX} characters`);
    if (/<!DOCTYPE/i.test(text)) throw new Error('has a document type, which is refused');
    const document: unknown = parser.parse(text, true);
    if (!isRecord(document) || Object.keys(document).length === 0) throw new Error('is no XML');
    return copyOf(document, keepsTexts);
  };
}

/** With numbers, true and false as what they are, unless texts are kept. */
function copyOf(element: LogRecord, keepsTexts: boolean): LogRecord {
  const copy: LogRecord = {};
  for (const [name, value] of Object.entries(element)) {
    setNamed(copy, name, valueOf(value, keepsTexts));
  }
  return copy;
}

function valueOf(value: unknown, keepsTexts: boolean): unknown {
  if (Array.isArray(value)) return value.map((element) => valueOf(element, keepsTexts));
  if (isRecord(value)) return copyOf(value, keepsTexts);
  if (keepsTexts || typeof value !== 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return numberOrText(value);
}
