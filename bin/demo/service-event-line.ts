import { color } from 'listr2';
import type { JournalEvent } from '../../simulator/amplify-backend/journal';
import { elapsed } from './stack-event-line';

/** An event in the Amplify app, which the stack's events do not show. */
export function serviceEventLine(event: JournalEvent, start: number): string {
  return color.dim(`${elapsed(event.at - start)}  ${sentence(event)}`);
}

function sentence(event: JournalEvent): string {
  switch (event.kind) {
    case 'clone-accepted':
      return `Amplify starts to clone "${event.source}" to "${event.target}"`;
    case 'clone-refused':
      return `Amplify refuses to clone "${event.source}" to "${event.target}": ${event.reason}`;
    case 'delete-accepted':
      return `Amplify starts to delete "${event.environment}"`;
    case 'delete-refused':
      return `Amplify refuses to delete "${event.environment}": ${event.reason}`;
    case 'job-ended': {
      const words = event.error === undefined ? '' : `: ${event.error}`;
      return `Amplify's job ${event.operation} for "${event.environment}" is ${event.status}${words}`;
    }
    case 'environment-created':
      return `"${event.environment}" exists`;
    case 'environment-deleted':
      return `"${event.environment}" is deleted`;
  }
}
