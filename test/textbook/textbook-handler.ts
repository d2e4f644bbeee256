import {
  AmplifyBackendClient,
  CloneBackendCommand,
  DeleteBackendCommand,
  GetBackendJobCommand,
} from '@aws-sdk/client-amplifybackend';
import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteEvent } from 'aws-lambda';

/*
 * A careful handler without a ledger: it validates what the construct validates, uses the SDK's own retries, reports the
 * service's words on a failed job, and regards an environment that does not exist as deleted.
 */

const client = new AmplifyBackendClient({});

export async function onEvent(event: CdkCustomResourceEvent) {
  const { AppId, SourceEnvironmentName, TargetEnvironmentName } = event.ResourceProperties;
  switch (event.RequestType) {
    case 'Create':
    case 'Update': {
      if (event.RequestType === 'Update' && event.PhysicalResourceId === `${AppId}/${TargetEnvironmentName}`) {
        return { PhysicalResourceId: event.PhysicalResourceId };
      }
      const answer = await client.send(
        new CloneBackendCommand({ AppId, BackendEnvironmentName: SourceEnvironmentName, TargetEnvironmentName }),
      );
      if (answer.Error) throw new Error(answer.Error);
      return {
        PhysicalResourceId: `${AppId}/${TargetEnvironmentName}`,
        Job: { AppId, BackendEnvironmentName: answer.BackendEnvironmentName, JobId: answer.JobId },
      };
    }
    case 'Delete': {
      const [appId, environment] = event.PhysicalResourceId.split('/');
      try {
        const answer = await client.send(
          new DeleteBackendCommand({ AppId: appId, BackendEnvironmentName: environment }),
        );
        return { Job: { AppId: appId, BackendEnvironmentName: environment, JobId: answer.JobId } };
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFoundException') return {};
        throw error;
      }
    }
  }
}

export async function isComplete(event: CdkCustomResourceIsCompleteEvent) {
  const Data = { EnvironmentName: event.ResourceProperties['TargetEnvironmentName'], JobId: '' };
  const job = event['Job'];
  if (!job) return { IsComplete: true, Data };
  const answer = await client.send(new GetBackendJobCommand(job));
  if (answer.Status === 'FAILED') throw new Error(`the job ${job.JobId} failed: ${answer.Error ?? 'no reason given'}`);
  if (answer.Status !== 'COMPLETED') return { IsComplete: false };
  return { IsComplete: true, Data: { ...Data, JobId: job.JobId } };
}
