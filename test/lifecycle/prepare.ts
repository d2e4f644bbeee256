import { buildHandler } from '../../scripts/build-handler';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import { synthesizeStacks } from './synthesize-stacks';

/**
 * Runs once before all tests. It builds the handler, since synthesis uses the bundle, which has to match the sources. It also
 * synthesizes the stacks of the lifecycle tests once, since a synthesis takes much longer than most tests.
 */
export default async function prepare(): Promise<void> {
  await buildHandler();
  await withoutTemplateChecks(synthesizeStacks);
}

if (require.main === module) void prepare();
