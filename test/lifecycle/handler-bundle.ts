import { buildHandler } from '../../scripts/build-handler';

/** Runs once before all tests: synthesis takes the bundle for the handler's code, and it has to be that of these sources. */
export default async function buildHandlerBundle(): Promise<void> {
  await buildHandler();
}
