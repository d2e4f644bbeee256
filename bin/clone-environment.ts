import { cloneApp } from './clone-app';
import { ContextError } from './clone-context';

try {
  cloneApp().synth();
} catch (error) {
  if (!(error instanceof ContextError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
