import type { OptionDescription } from '../plugins/describe.ts';

/** An option as the original's forms know it: its names, spelled as it spells them. */
export function wireOption(option: OptionDescription) {
  return {
    KeyName: option.name,
    ChooseOnly: option.choices.length > 0,
    Element: option.choices.length > 0 ? 'radio' : 'text',
    ChooseOptions: option.choices.length > 0 ? option.choices : null,
    Default: option.default,
    DefaultNoUse: option.isRequired,
    Description: option.description,
    CheckRegex: '',
    style: '',
    required: option.isRequired,
    placeholder: option.example,
    Secret: option.isSecret,
    ...(option.isAdvanced ? { advance: true } : {}),
    tooltip: option.description,
    muti_default_source: false,
  };
}
