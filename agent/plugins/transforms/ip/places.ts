import { readFileSync } from 'node:fs';
import { type CityResponse, type IspResponse, Reader } from 'mmdb-lib';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';
import { IpipDatabase } from './ipip-database.ts';

/** What is known of an address, as fields. */
export type Place = readonly (readonly [name: string, value: string])[];

/** @throws AppError `invalid` that names the file, and what is wrong with it. */
export function openPlaces(path: string, language: string): (address: string) => Place {
  try {
    const bytes = readFileSync(path);
    const format = /\.(datx?)$/i.exec(path)?.[1]?.toLowerCase();
    if (format !== 'dat' && format !== 'datx') return mmdbPlaces(bytes, language);
    const database = new IpipDatabase(bytes, format);
    return (address) => placeOfParts(database.get(address));
  } catch (cause) {
    throw new AppError('invalid', `transform IP: cannot use ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function mmdbPlaces(bytes: Buffer, language: string): (address: string) => Place {
  const reader = new Reader<CityResponse & IspResponse>(bytes);
  return (address) => {
    const { country, city, location, subdivisions = [], isp } = reader.get(address) ?? {};
    const [region] = subdivisions;
    return known([
      ['Country', nameIn(country?.names, language)],
      ['CountryCode', country?.iso_code],
      ['Region', nameIn(region?.names, language)],
      ['DistrictCode', region?.iso_code],
      ['City', nameIn(city?.names, language)],
      ['Latitude', location?.latitude],
      ['Longitude', location?.longitude],
      ['Isp', isp],
    ]);
  };
}

/** Of the parts the free edition has the first three, and others have up to thirteen. */
function placeOfParts(parts: readonly string[]): Place {
  return known([
    ['Country', parts[0]],
    ['CountryCode', parts[11]],
    ['Region', parts[1]],
    ['DistrictCode', parts[9]],
    ['City', parts[2]],
    ['Latitude', parts[5]],
    ['Longitude', parts[6]],
    ['Isp', parts[4]],
  ]);
}

function known(fields: readonly (readonly [string, unknown])[]): Place {
  return fields.flatMap(([name, value]) =>
    (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? [[name, String(value)]]
      : [],
  );
}

function nameIn(names: object | undefined, language: string): unknown {
  const byLanguage = new Map<string, unknown>(Object.entries(names ?? {}));
  return byLanguage.get(language) ?? byLanguage.get('en');
}
