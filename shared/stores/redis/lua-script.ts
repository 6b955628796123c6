import { createHash } from 'node:crypto';

/** A Lua script; the server knows it by its hash once it has seen it. */
export interface LuaScript {
  readonly text: string;
  readonly sha: string;
}

export function luaScript(...parts: readonly string[]): LuaScript {
  const text = parts.join('\n');
  // The server's own name for it, and nothing that has to be kept from anybody.
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
