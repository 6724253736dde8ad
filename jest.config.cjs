'use strict';
// Two runs: `--roots=test/unit` on this system, the other folders in Windows Node (tools/run/test.mjs).

/** @type {import('jest').Config} */
module.exports = {
  // Elsewhere than on Windows the service is simulated (test/support/service.ts); these need Windows itself, or its paths.
  testPathIgnorePatterns:
    process.platform === 'win32'
      ? ['/node_modules/']
      : ['/node_modules/', 'service/(any_input|bad_input|electron_engine|questions|standard_user)'],
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Types are checked once, by tsc; here they are only stripped.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/test/tsconfig.json', diagnostics: false }] },
  // A Wine prefix is a whole Windows installation: never walk it.
  modulePathIgnorePatterns: ['<rootDir>/\\.wine', '<rootDir>/\\.cache'],
  // One for each system: the paths inside differ.
  cacheDirectory: `<rootDir>/.cache/jest-${process.platform}`,
  testTimeout: 120_000,
};
