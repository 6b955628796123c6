/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'master-and-agent-are-strangers',
      comment: 'They meet over HTTP. Only serve.ts at the root starts both in one process.',
      severity: 'error',
      from: { path: '^(master|agent)/' },
      to: { path: '^(master|agent)/', pathNot: '^$1/' },
    },
    {
      name: 'shared-knows-neither-side',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(master|agent)/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'shared/domain may import only itself, pure parts of shared/kernel, and zod.',
      severity: 'error',
      from: { path: '^shared/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^(shared/domain/|shared/kernel/(errors|crc32)\\.ts$|node_modules/zod/)' },
    },
    {
      name: 'kernel-stands-alone',
      severity: 'error',
      from: { path: '^shared/kernel/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^shared/kernel/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'api-is-pure',
      comment:
        'The wire formats: text in, text out. Resilience: how calls fail, not what carries them. No input or output of their own.',
      severity: 'error',
      from: { path: '^shared/(api|resilience)/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot:
          '^(shared/(api|resilience|domain|kernel)/|shared/rpc/rpc-error\\.ts$|node_modules/(zod|jsonc-parser)/)',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'framing-is-pure',
      comment:
        'How bytes become lines: buffers in, lines out. Who reads the bytes is not its concern.',
      severity: 'error',
      from: { path: '^agent/framing/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot:
          '^(agent/framing/|agent/records/patterns/go-pattern\\.ts$|node_modules/zod/|(node:)?zlib$)',
      },
    },
    {
      name: 'only-edges-know-express',
      severity: 'error',
      from: { pathNot: '(^(master|agent)/http/|^shared/http/|\\.test\\.ts$|^test/)' },
      to: { path: 'node_modules/(@types/)?(express|supertest)/' },
    },
    {
      name: 'only-stores-know-databases',
      comment: 'What readers and senders of a database share is its adapter.',
      severity: 'error',
      from: { pathNot: '^(shared/stores|agent/(sql|redis|kafka)|test|bench|examples)/' },
      to: {
        path: '(node_modules/(ioredis|lowdb|pg|mysql2|@platformatic/kafka)/|^(node:)?sqlite$)',
      },
    },
    {
      name: 'only-auth-knows-jose',
      severity: 'error',
      from: { pathNot: '^(shared/auth|test|bench)/' },
      to: { path: 'node_modules/jose/' },
    },
    {
      name: 'only-client-knows-axios',
      severity: 'error',
      from: { pathNot: '^(shared/client|test|bench)/' },
      to: { path: 'node_modules/(axios|undici)/' },
    },
    {
      name: 'only-transports-know-grpc',
      severity: 'error',
      from: { pathNot: '^(shared/(stores/.*etcd|rpc/(grpc|proto)|client)|test|bench)/' },
      to: { path: 'node_modules/@grpc/' },
    },
    {
      name: 'store-thread-is-small',
      comment: 'A thread that loads zod takes 14 MB more; SqlRow does for the rows of a database.',
      severity: 'error',
      from: { path: '^shared/stores/.*\\.worker\\.ts$' },
      to: { path: 'node_modules/', reachable: true },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { pathNot: '(\\.test\\.ts$|^test/)' },
      to: { path: '(\\.test\\.ts$|^test/)' },
    },
    {
      name: 'examples-use-the-library',
      comment: 'They show what others write, who have no more than that.',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: '^(shared|master|agent)/',
        pathNot: '^shared/(coordinator|registry|rpc)/library\\.ts$',
      },
    },
    {
      name: 'plugins-are-islands',
      comment: 'A plugin may use its own folder, its kind and shared/, never another plugin.',
      severity: 'error',
      from: { path: '^agent/plugins/([^/]+)/([^/.]+)', pathNot: '/catalog\\.ts$' },
      to: { path: '^agent/plugins/[^/]+/[^/]+', pathNot: '^agent/plugins/$1/$2(\\.|/)' },
    },
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      from: { path: '^(master|agent|shared)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
  },
};
