import { bundledFiles } from '../../scripts/build-handler';
import { thirdPartyLicenses } from '../../scripts/third-party-licenses';

test('the license of each package in the bundle is included', async () => {
  const text = thirdPartyLicenses(await bundledFiles());
  expect(text).toMatch(/^@aws-sdk\/client-amplifybackend \d+\.\d+\.\d+\n\n *Apache License/m);
  expect(text).toMatch(/^valibot \d+\.\d+\.\d+\n\nMIT License/m);
  // What only tests and scripts need is not in the bundle.
  expect(text).not.toContain('esbuild');
});

test('a package without a license file is an error', () => {
  expect(() => thirdPartyLicenses(['test/node_modules/nobody/index.js'])).toThrow();
});
