import { previewApp } from '../../examples/pull-request/preview-app';
import { CloneProvider } from '../../lib';
import { answerFrom } from './emulator-endpoint';
import { contextText } from './required-context';

/*
 * The app of examples/pull-request, with nothing changed but where its handler finds the service.
 */

const app = previewApp();
const text = contextText((key) => app.node.tryGetContext(key));
for (const construct of app.node.findAll()) {
  if (CloneProvider.isCloneProvider(construct)) answerFrom(text('emulator'), construct);
}
app.synth();
