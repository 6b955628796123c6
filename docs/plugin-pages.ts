import { CATALOG } from '../agent/plugins/catalog.ts';
import { type OptionDescription, optionsOf } from '../agent/plugins/describe.ts';
import type { PluginInfo } from '../agent/plugins/plugin.ts';

/** `docs/plugins.md`: every plugin with its options, from the schemas that check them. */
export function pluginsPage(): string {
  const kinds: readonly (readonly [string, string, readonly PluginInfo[]])[] = [
    ['Readers', 'reader.mode', CATALOG.readers],
    ['Parsers', 'parser.type', CATALOG.parsers],
    ['Transforms', 'transforms[].type', CATALOG.transforms],
    ['Senders', 'senders[].sender_type', CATALOG.senders],
  ];
  return [
    '# Plugins',
    '',
    'Made by `npm run docs` from the schemas that check the options; a test holds it to them.',
    'Values of readers, parsers and senders are texts (`"true"`, `"4096"`); those of transforms are JSON.',
    '',
    ...kinds.map(([title, , plugins]) => `- ${title}: ${plugins.map(linkTo(title)).join(', ')}`),
    ...kinds.flatMap(([title, key, plugins]) => [
      '',
      `## ${title} (\`${key}\`)`,
      ...plugins.flatMap((plugin) => section(title, plugin)),
    ]),
    '',
  ].join('\n');
}

function linkTo(title: string) {
  return ({ type }: PluginInfo) => `[${type}](#${anchor(title, type)})`;
}

function anchor(title: string, type: string): string {
  return `${title.toLowerCase().slice(0, -1)}-${type.toLowerCase()}`;
}

function section(title: string, plugin: PluginInfo): string[] {
  const options = optionsOf(plugin);
  const rows = [...options.filter(({ isAdvanced }) => !isAdvanced), ...options.filter(isAdvanced)];
  return [
    '',
    `### ${title.slice(0, -1)} \`${plugin.type}\` <a id="${anchor(title, plugin.type)}"></a>`,
    '',
    plugin.usage,
    ...(rows.length === 0
      ? []
      : ['', '| option | default | meaning |', '| --- | --- | --- |', ...rows.map(row)]),
  ];
}

function isAdvanced(option: OptionDescription): boolean {
  return option.isAdvanced;
}

function row(option: OptionDescription): string {
  const value = option.isRequired ? `required, e.g. ${code(option.example)}` : code(option.default);
  const choices =
    option.choices.length === 0 ? '' : ` One of ${option.choices.map(code).join(', ')}.`;
  const marks = [...(option.isSecret ? ['secret'] : [])].map((mark) => ` (${mark})`).join('');
  return `| \`${option.name}\`${marks} | ${value} | ${cell(option.description + choices)} |`;
}

function code(text: string): string {
  if (text === '') return '';
  return `\`${cell(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
