import type { Stack } from '@aws-sdk/client-cloudformation';
import { abandonedPreviews } from '../../examples/pull-request/clean-up';
import { PREVIEW_TAG } from '../../examples/pull-request/preview-app';
import { EnvironmentName } from '../../lib';
import { evaluated, readWorkflow } from './pull-request-workflow';

const APP = 'd1a2b3c4d5e6f7';
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 2);

function preview(branch: string, differently: Partial<Stack> = {}): Stack {
  return {
    StackName: `Preview-${EnvironmentName.fromBranch(branch)}`,
    StackStatus: 'CREATE_COMPLETE',
    CreationTime: new Date(NOW - 24 * 60 * MINUTE),
    Tags: [{ Key: PREVIEW_TAG, Value: APP }],
    ...differently,
  };
}

function abandoned(stacks: readonly Stack[], branches: readonly string[], olderThan = 60): Array<string | undefined> {
  return abandonedPreviews(stacks, { appId: APP, branches, olderThan }, NOW).map(({ StackName }) => StackName);
}

describe('the previews that are cleaned up', () => {
  it('are those of branches that are not in the list', () => {
    const stacks = [preview('feature/login'), preview('feature/logout'), preview('main')];
    expect(abandoned(stacks, ['feature/login', 'main', 'no-preview-yet'])).toEqual([
      preview('feature/logout').StackName,
    ]);
    expect(abandoned(stacks, [])).toEqual(stacks.map(({ StackName }) => StackName));
  });

  it('have the tag of this app, and not only the name', () => {
    const otherApp = preview('a', { Tags: [{ Key: PREVIEW_TAG, Value: 'd9z8y7x6w5v4u3' }] });
    const noPreview = preview('b', { StackName: 'Preview-of-the-invoices', Tags: [{ Key: 'team', Value: APP }] });
    expect(abandoned([otherApp, noPreview, preview('c', { Tags: [] })], [])).toEqual([]);
  });

  it('are older than the list of branches can be', () => {
    const young = preview('a', { CreationTime: new Date(NOW - 59 * MINUTE) });
    const old = preview('b', { CreationTime: new Date(NOW - 60 * MINUTE) });
    expect(abandoned([young, old], [])).toEqual([old.StackName]);
    expect(abandoned([young, old], [], 0)).toEqual([young.StackName, old.StackName]);
  });

  it('are not in an update, or could not be deleted before', () => {
    const statuses = [
      'CREATE_IN_PROGRESS',
      'DELETE_IN_PROGRESS',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'DELETE_COMPLETE',
    ] as const;
    expect(
      abandoned(
        statuses.map((StackStatus) => preview(StackStatus, { StackStatus })),
        [],
      ),
    ).toEqual([]);
    const failed = ['DELETE_FAILED', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'] as const;
    expect(
      abandoned(
        failed.map((StackStatus) => preview(StackStatus, { StackStatus })),
        [],
      ),
    ).toHaveLength(3);
  });
});

describe('the workflow that cleans up', () => {
  const workflow = readWorkflow('clean-up.yml');

  it('runs every night, and by hand', () => {
    expect(Object.keys(workflow.triggers)).toEqual(['schedule', 'workflow_dispatch']);
    expect(workflow.triggers['schedule']).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }]);
  });

  it('only lists, unless the variable enables the deletion', () => {
    const [, expression = ''] =
      /^\$\{\{(.*)\}\}$/.exec(workflow.jobs.get('clean-up')?.variables['DESTROY'] ?? '') ?? [];
    const flag = (given: { inputs?: { destroy: boolean }; vars?: Record<string, string> }): unknown =>
      evaluated(expression, { inputs: {}, vars: {}, ...given });
    expect(flag({})).toBe('');
    expect(flag({ inputs: { destroy: false } })).toBe('');
    expect(flag({ inputs: { destroy: true } })).toBe('--destroy');
    expect(flag({ vars: { PREVIEW_CLEAN_UP: 'destroy' } })).toBe('--destroy');
    expect(flag({ vars: { PREVIEW_CLEAN_UP: 'list' } })).toBe('');
  });

  it('keeps the previews of open pull requests with the label', () => {
    const commands = workflow.jobs.get('clean-up')?.commands ?? [];
    expect(commands.slice(-2)).toEqual([
      expect.stringContaining('gh pr list --state open --label preview --limit 1000'),
      'npx tsx clean-up.ts --app-id "$APP_ID" $DESTROY < branches.txt',
    ]);
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });
});
