/** Where the rigs of a kind are, for whoever has added a plugin. */
type Rigs<Rig> = Readonly<Record<string, Rig>>;

/** The plugins with their rigs; one that has none is in `missing`. */
export function rigged<Plugin extends { readonly type: string }, Rig>(
  plugins: readonly Plugin[],
  rigs: Rigs<Rig>,
) {
  const found = plugins.flatMap((plugin) => {
    const rig = rigs[plugin.type];
    return rig === undefined ? [] : [{ type: plugin.type, plugin, rig }];
  });
  const missing = plugins.map(({ type }) => type).filter((type) => rigs[type] === undefined);
  return { found, missing };
}

/** What a suite says of plugins without rigs. */
export function noRig(missing: readonly string[], where: string): string {
  return `nothing tests the contract of ${missing.join(', ')}: add a rig in ${where}`;
}
