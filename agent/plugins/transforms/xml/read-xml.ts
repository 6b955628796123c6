import { createRequire } from 'node:module';
import type { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../../../shared/kernel/errors.ts';
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

interface XmlLibrary {
  readonly XMLParser: typeof XMLParser;
  readonly XMLValidator: {
    validate(text: string): true | { readonly err: { readonly msg: string } };
  };
}

const LENGTH_MAX = 1024 * 1024;
const LEVELS_MAX = 100;

export function xmlReader({ keepsTexts, hasAttributes }: XmlForm): ReadXml {
  const { XMLParser: Xml, XMLValidator: validator } = library();
  const parser = new Xml({
    ignoreAttributes: !hasAttributes,
    attributeNamePrefix: '-',
    textNodeName: '#text',
    ignoreDeclaration: true,
    ignorePiTags: true,
    parseTagValue: false,
    parseAttributeValue: false,
    maxNestedTags: LEVELS_MAX,
    // So that the decoder below is asked, which knows no entity that a document defines.
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
    const validity = validator.validate(text);
    if (validity !== true) throw new Error(`is no XML: ${validity.err.msg}`);
    const document: unknown = parser.parse(text);
    if (!isRecord(document) || Object.keys(document).length === 0) throw new Error('is no XML');
    return copyOf(document, keepsTexts);
  };
}

/** Loaded at its first use, and at once: it takes 11 MB, and most runners have no use for it. */
function library(): XmlLibrary {
  const loaded: unknown = createRequire(import.meta.url)('fast-xml-parser');
  if (isXmlLibrary(loaded)) return loaded;
  throw new AppError('internal', 'the package fast-xml-parser is not what it was');
}

function isXmlLibrary(loaded: unknown): loaded is XmlLibrary {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'XMLParser' in loaded &&
    'XMLValidator' in loaded
  );
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
