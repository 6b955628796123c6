import { itemNumber } from './log-files.ts';

/** What is in a line, whatever its form. */
function facts(index: number) {
  return {
    time: '2026-11-21T04:50:46.123Z',
    level: index % 10 === 0 ? 'error' : 'info',
    logger: 'shop.catalogue.items',
    item: itemNumber(index),
    client: `10.1.${index % 256}.${(index * 7) % 256}`,
    bytes: 1_000 + (index % 9_000),
    // Always with four digits, for there are programs that write a fixed number of them.
    seconds: ((index % 9_000) * 10 + 1) / 10_000,
  };
}

/** About 160 bytes with its line break, as all of these. */
export function csvLine(index: number): string {
  const { time, level, logger, item, client, bytes, seconds } = facts(index);
  return (
    `${time},${level},${logger},served item ${item} to a visitor,${client},200,${bytes},` +
    `${seconds},https://shop.example/catalogue/of/things,canary`
  );
}

export function logfmtLine(index: number): string {
  const { time, level, logger, item, client, bytes, seconds } = facts(index);
  return (
    `time=${time} level=${level} logger=${logger} msg="served item ${item} to a visitor" ` +
    `client=${client} status=200 bytes=${bytes} seconds=${seconds} tag=canary`
  );
}

/** By RFC 5424, with structured data. */
export function syslogLine(index: number): string {
  const { time, item, client, bytes } = facts(index);
  return (
    `<165>1 ${time} host-${index % 16}.shop.example catalogue 4711 ID47 ` +
    `[shop@32473 client="${client}" page="${index % 100}"] served item ${item} to a visitor, ` +
    `${bytes} bytes`
  );
}

/** As an application writes it that has a form of its own. */
export function appLine(index: number): string {
  const { level, item, client, bytes } = facts(index);
  return (
    `2026-11-21 04:50:46,123 ${level.toUpperCase()} [http-nio-8080-exec-${index % 16}] ` +
    `shop.catalogue.Items: served item ${item} to ${client} in ${index % 9_000} us, ${bytes} bytes`
  );
}
