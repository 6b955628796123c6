import type { RpcError } from '../shared/rpc/rpc-error.ts';
import type { RpcTransport } from '../shared/rpc/transport.ts';

export type RpcOutcomes = Readonly<
  Record<RpcTransport['name'], Pick<RpcError, 'code' | 'reason' | 'executed'>>
>;

/** The page `docs/rpc-outcomes.md`, from what calls have ended with, by what happened to them. */
export function rpcOutcomesPage(outcomes: ReadonlyMap<string, RpcOutcomes>): string {
  const rows = [...outcomes].map(
    ([fault, { tcp, grpc, http }]) => `| ${fault} | ${cell(tcp)} | ${cell(grpc)} | ${cell(http)} |`,
  );
  return `# What calls end with

Each cell: code, reason, and whether the method was executed. Only what was not executed is tried
again whatever the method is; \`maybe\` is tried again where the method is idempotent.
\`test/rpc/chaos\` makes each of these happen to a server in a process of its own, over each transport,
holds \`executed\` against what that server has written down, and writes this page of what it saw
(\`npx vitest run test/rpc/chaos/outcomes.test.ts -u\`; without \`-u\` it fails where they differ).

| what happens | tcp | grpc | http |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell({ code, reason, executed }: RpcOutcomes['tcp']): string {
  return `${code}, ${reason}, **${executed}**`;
}
