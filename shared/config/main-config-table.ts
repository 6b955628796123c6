import { configKeys, mainConfigJsonSchema } from './main-config-keys.ts';

/** The keys of the main configuration as a Markdown table: key, default, meaning. */
export function mainConfigTable(): string {
  const rows = configKeys(mainConfigJsonSchema()).map(({ path, schema }) => [
    code(path.join('.')),
    schema.default === undefined ? '**required**' : code(JSON.stringify(schema.default)),
    schema.description ?? '',
  ]);
  return [['key', 'default', 'meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map(escapePipes).join(' | ')} |`)
    .join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function escapePipes(cell: string): string {
  return cell.replaceAll('|', String.raw`\|`);
}
