const tests = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  cacheDirectory: '<rootDir>/build/jest',
  testMatch: ['**/*.test.ts'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          // By the newer version swc sets static fields on the class that a decorator returns. TypeScript sets them on the class that
          // the decorator gets, where the CDK's looks for its id.
          transform: { legacyDecorator: true },
        },
      },
    ],
  },
  testTimeout: 120000,
};

/** What synthesizes has to be right with CDK's defaults, and with the flags that `cdk init` gives a new app. */
module.exports = {
  ...tests,
  maxWorkers: 2,
  projects: [
    { ...tests, displayName: 'cdk defaults' },
    {
      ...tests,
      displayName: 'cdk init',
      testMatch: ['bin', 'examples', 'lib'].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
      setupFiles: ['<rootDir>/test/recommended-feature-flags.ts'],
    },
  ],
};
