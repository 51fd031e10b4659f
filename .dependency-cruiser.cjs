/** The one-way street of docs/architecture.md: core <- storage <- upstream <- plan, simple <- workers, api. */
const layer = (name, allowed) => ({
  name: `${name}-imports`,
  comment: `src/${name} may import only: ${['its own files', 'errors.ts', ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: ['^src/errors\\.ts$', ...[name, ...allowed].map((one) => `^src/${one}`)] },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    layer('core', []),
    layer('storage', ['core/']),
    layer('upstream', ['core/', 'storage/']),
    layer('plan', ['core/', 'storage/', 'upstream/']),
    layer('simple', ['core/', 'storage/', 'upstream/']),
    layer('workers', ['core/', 'storage/', 'upstream/', 'plan/', 'simple/', 'config\\.ts$']),
    layer('api', ['core/', 'storage/', 'upstream/', 'plan/', 'simple/', 'workers/queue/', 'config\\.ts$']),
    {
      name: 'environment-only-in-config',
      comment: 'errors.ts is a leaf: it imports nothing of ours',
      severity: 'error',
      from: { path: '^src/errors\\.ts$' },
      to: { path: '^src/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
