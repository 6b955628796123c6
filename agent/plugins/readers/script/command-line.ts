interface CommandOptions {
  readonly log_path: string;
  readonly script_exec_interprepter: string;
  readonly script_exec_interpreter: string;
  readonly script_content: string;
  readonly script_params: string;
  readonly script_params_spliter: string;
}

const INTERPRETER_DEFAULT = '/bin/bash';

/** What is run. A `log_path` is the only argument; else the parameters come before the content. */
export function commandLine(options: CommandOptions) {
  const { script_exec_interprepter: original, script_exec_interpreter: ours } = options;
  const { log_path: path, script_content: content } = options;
  const program = [original, ours, INTERPRETER_DEFAULT].find((name) => name !== '') ?? '';
  if (path !== '') return { program, args: [path] };
  return { program, args: [...paramsOf(options), ...(content === '' ? [] : [content])] };
}

function paramsOf({ script_params: params, script_params_spliter: splitter }: CommandOptions) {
  const parts = splitter === '' ? params.trim().split(/\s+/) : params.split(splitter);
  return params === '' ? [] : parts;
}
