import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import imports from './tools/lint/imports.mjs';
import * as rooms from './tools/lint/rooms.mjs';

const nodeGlobals = Object.fromEntries(
  [
    'Buffer',
    'URL',
    'AbortController',
    'AbortSignal',
    'clearImmediate',
    'clearInterval',
    'clearTimeout',
    'console',
    'performance',
    'process',
    'setImmediate',
    'setInterval',
    'setTimeout',
    'fetch',
    'Headers',
    'URLSearchParams',
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'build/',
      'docs/api/',
      'prebuilds/',
      'coverage/',
      '.cache/',
      '.wine/',
      '.wine.new/',
      '**/node_modules/',
    ],
  },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        ...nodeGlobals,
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
        __filename: 'readonly',
      },
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: nodeGlobals } },
  {
    files: ['{lib,test}/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // tsc's noUnusedLocals does it.
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
      // Numbers in a text are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // noUncheckedIndexedAccess makes every index possibly undefined, also where a check just excluded it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `() => expect(…)` and `() => void call()` read better than braces.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['lib/**/*.ts'],
    plugins: { imports },
    rules: {
      'imports/downwards': ['error', rooms.lib],
      'imports/no-circle': 'error',
      complexity: ['error', 12],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/prefer-readonly': 'error',
    },
  },
  {
    // Time and disk come from the host that the connection hands down. What a simulation keeps in real files is its own.
    files: ['lib/**/*.ts'],
    ignores: ['lib/host.ts', 'lib/testing/computer/folder_disk.ts', 'lib/testing/shared/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'performance'],
      'no-restricted-imports': ['error', 'node:fs', 'node:fs/promises', 'node:timers', 'node:timers/promises'],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now' }],
    },
  },
  // The servers for tests serve and store real files.
  { files: ['lib/testing/servers/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['{tools,testbed}/**/*.{mjs,cjs}'],
    plugins: { imports },
    rules: { 'imports/downwards': ['error', rooms.tools], 'imports/no-circle': 'error' },
  },
  {
    // Classes whose methods guardMethods() wraps: it knows those that return a promise by being async.
    files: [
      'lib/{manager,job}.ts',
      'lib/bits/{file,error_info,peer_cache}.ts',
      'lib/bits/job/*.ts',
      'lib/watch/{stream,watched_job}.ts',
      'lib/download/restore.ts',
    ],
    rules: {
      '@typescript-eslint/promise-function-async': [
        'error',
        {
          checkArrowFunctions: false,
          checkFunctionDeclarations: false,
          checkFunctionExpressions: false,
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // expect(object.method) is jest's way.
      '@typescript-eslint/unbound-method': 'off',
      // The addon rejects with failure records, and so do stand-ins for it.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // jest's matchers (expect.any) and JSON from child processes are `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
