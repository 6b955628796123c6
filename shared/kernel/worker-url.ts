/**
 * Names the worker file `<name>.worker` beside the module that asks: `.ts` when the module runs
 * from source, `.js` when it runs from the built package.
 *
 * @param importMetaUrl The asking module's `import.meta.url`.
 */
export function workerUrl(name: string, importMetaUrl: string): URL {
  const extension = new URL(importMetaUrl).pathname.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.worker.${extension}`, importMetaUrl);
}
