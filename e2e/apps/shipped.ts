import { cloneApp } from '../../bin/clone-app';
import { CloneProvider } from '../../lib';
import { answerFrom } from './emulator-endpoint';

/*
 * The app that the project's cdk.json starts. Only the endpoint of the service differs.
 */

const app = cloneApp();
const emulator: unknown = app.node.tryGetContext('emulator');
if (typeof emulator !== 'string') throw new Error('this app needs the context -c emulator=URL');
for (const construct of app.node.findAll()) {
  if (CloneProvider.isCloneProvider(construct)) answerFrom(emulator, construct);
}
app.synth();
