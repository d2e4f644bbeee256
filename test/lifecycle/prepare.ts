import { buildHandler } from '../../scripts/build-handler';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import { synthesizeStacks } from './synthesize-stacks';

/**
 * Runs once before all tests: synthesis takes the bundle for the handler's code, and it has to be that of these sources;
 * and a synthesis takes far longer than most tests, so that the lifecycle's stacks are synthesized for all of them.
 */
export default async function prepare(): Promise<void> {
  await buildHandler();
  await withoutTemplateChecks(synthesizeStacks);
}

if (require.main === module) void prepare();
