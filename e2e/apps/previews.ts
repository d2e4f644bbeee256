import { previewApp } from '../../examples/pull-request/preview-app';
import { CloneProvider } from '../../lib';
import { answerFrom } from './emulator-endpoint';
import { contextText } from './required-context';

/*
 * The app of examples/pull-request. Only the endpoint of the service differs.
 */

const app = previewApp();
const text = contextText((key) => app.node.tryGetContext(key));
for (const construct of app.node.findAll()) {
  if (CloneProvider.isCloneProvider(construct)) answerFrom(text('emulator'), construct);
}
app.synth();
