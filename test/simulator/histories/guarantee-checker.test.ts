import type { CustomResourceRequest } from '../../../simulator/cloudformation/custom-resource-protocol';
import { CheckedScene, idOf } from './checked-scene';

const KILLED = { reason: 'RequestId: 1 Error: Runtime exited with error: signal: killed' };

describe('a resource that deletes an environment', () => {
  it('of its own breaks nothing', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('of another owner breaks guarantee 1', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    scene.delete(scene.request('Delete', 'A'));
    expect(scene.broken).toEqual([1]);
  });

  it('of another resource breaks guarantee 1', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    scene.delete(scene.request('Delete', 'B'));
    expect(scene.broken).toEqual([1]);
  });

  it('that it has only adopted breaks guarantee 1', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    const physicalId = scene.adopted('A');
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([1]);
  });

  it('that another resource of the stack created and still owns breaks guarantee 1', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    const physicalId = scene.adopted('B');
    scene.delete(scene.request('Delete', 'B', { physicalId }));
    expect(scene.broken).toEqual([1]);
  });

  it('owns it once CloudFormation has requested the deletion of the resource that created it, even if that was killed', () => {
    const scene = new CheckedScene();
    const former = scene.cloned('A');
    const physicalId = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId: former });
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId: former, ...KILLED });
    scene.delete(scene.request('Delete', 'B', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('can be the last one of a chain of adoptions', () => {
    const scene = new CheckedScene();
    const first = scene.cloned('A');
    const second = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId: first });
    const third = scene.adopted('C');
    scene.request('Delete', 'B', { physicalId: second });
    scene.delete(scene.request('Delete', 'C', { physicalId: third }));
    expect(scene.broken).toEqual([]);
  });

  it('may delete the remains of another owner’s failed clone', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), { error: 'limit', leaves: 'remains' });
    scene.delete(request);
    expect(scene.broken).toEqual([]);
  });
});

describe('an environment that is deleted in place of another one', () => {
  /** Another owner replaces the clone of A, with the given actions. */
  function replaced(scene: CheckedScene, replace: () => void): void {
    const physicalId = scene.cloned('A');
    replace();
    scene.wait(10);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
  }

  it('breaks guarantee 1, since its root stack is another one', () => {
    const scene = new CheckedScene();
    replaced(scene, () => {
      scene.othersRemove();
      scene.othersCreate();
    });
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing if the configuration cannot be read', () => {
    const scene = new CheckedScene({ isHidden: true });
    replaced(scene, () => {
      scene.othersRemove();
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it.each([
    [
      'deleted the previous one',
      (scene: CheckedScene) => {
        scene.delete('somebody else');
        scene.othersCreate();
      },
    ],
    [
      'created the current one',
      (scene: CheckedScene) => {
        scene.othersRemove();
        scene.endClone(scene.clone('somebody else'), 'COMPLETED');
      },
    ],
  ])('breaks guarantee 1 even then, if a job %s', (_, replace) => {
    const scene = new CheckedScene({ isHidden: true });
    replaced(scene, () => {
      replace(scene);
    });
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing if the service has forgotten the job', () => {
    const scene = new CheckedScene({ isHidden: true, jobsShownMilliseconds: 60_000 });
    replaced(scene, () => {
      scene.delete('somebody else');
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  /** A job deleted the former one, and ended 13 minutes before DeleteBackend. Reads can be stale by five minutes. */
  function replacedByJobShownFor(minutes: number): CheckedScene {
    const stale = { isHidden: true, blindMilliseconds: 5 * 60_000 };
    const scene = new CheckedScene({ ...stale, jobsShownMilliseconds: minutes * 60_000 });
    replaced(scene, () => {
      scene.delete('somebody else');
      scene.othersCreate();
    });
    return scene;
  }

  it('breaks nothing if the service had just forgotten the job when DeleteBackend was called', () => {
    const scene = replacedByJobShownFor(12.5);
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks guarantee 1 if the service still showed the job when DeleteBackend was called', () => {
    expect(replacedByJobShownFor(13.5).broken).toEqual([1]);
  });

  it('breaks nothing if jobs are filed under the source, so that no job shows it', () => {
    const scene = new CheckedScene({ isHidden: true, filedUnderSource: true });
    replaced(scene, () => {
      scene.othersRemove();
      scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing if it was created while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 30 * 60_000 });
    replaced(scene, () => {
      scene.delete('somebody else');
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing if the previous one was deleted before its root stack could be read', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), 'COMPLETED');
    scene.othersRemove();
    scene.othersCreate();
    scene.wait(10);
    scene.delete(scene.request('Delete', 'A', { physicalId: idOf(request) }));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });
});

describe('a resource that ends another owner’s running clone', () => {
  /** Another owner's clone replaces that of A, and still runs when A's Delete arrives. */
  function ended(scene: CheckedScene, replace: () => void): void {
    replace();
    scene.clone('somebody else');
    scene.wait(5);
    scene.beginDeletion(scene.request('Delete', 'A'));
  }
  const cloned = (scene: CheckedScene) => () => {
    scene.cloned('A');
    scene.othersRemove();
  };
  const failed = (scene: CheckedScene) => () => {
    scene.endClone(scene.clone(scene.request('Create', 'A')), { error: 'limit', leaves: 'nothing' });
  };

  it('breaks guarantee 1', () => {
    const scene = new CheckedScene();
    ended(scene, cloned(scene));
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing if the clone began while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 10 * 60_000 });
    ended(scene, cloned(scene));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing if jobs are filed under the source, and its own clone was complete', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, cloned(scene));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks guarantee 1 even then, if its own clone had failed', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, failed(scene));
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing if jobs are filed under the source, and its own clone had another source', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, () => {
      const request = scene.request('Create', 'A', { source: 'test' });
      scene.endClone(scene.clone(request, 'pa', { source: 'test' }), { error: 'limit', leaves: 'nothing' });
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing if the clone will fail, because the name is taken', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.beginDeletion(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('breaks nothing if the clone is its own', () => {
    const scene = new CheckedScene();
    scene.clone(scene.request('Create', 'A'));
    scene.beginDeletion(scene.request('Delete', 'A'));
    expect(scene.broken).toEqual([]);
  });
});

describe('a resource that adopts an environment', () => {
  it.each(['Create', 'Update'] as const)('in its %s, while another owner clones to it, breaks guarantee 4', (type) => {
    const scene = new CheckedScene();
    scene.othersCreate();
    const request = scene.request(type, 'A', { existing: 'ADOPT' });
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.wait(5);
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([4]);
  });

  it('breaks nothing if an Update keeps it while another owner clones to it', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    const physicalId = scene.adopted('A');
    const request = scene.request('Update', 'A', { existing: 'ADOPT', physicalId });
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.wait(5);
    scene.succeed(request, physicalId);
    expect(scene.broken).toEqual([]);
  });

  it('that never existed breaks guarantee 4', () => {
    const scene = new CheckedScene();
    scene.adopted('A');
    expect(scene.broken).toEqual([4]);
  });

  it('that was deleted before breaks guarantee 4', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    scene.othersRemove();
    scene.adopted('A');
    expect(scene.broken).toEqual([4]);
  });

  it('breaks nothing if it was deleted while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 60_000 });
    scene.othersCreate();
    const request = scene.request('Create', 'A', { existing: 'ADOPT' });
    scene.othersRemove();
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([]);
  });

  it('breaks nothing if the service removed it with a failed clone while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 60_000 });
    const request = scene.request('Create', 'A', { existing: 'ADOPT' });
    scene.listedCloneFails();
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([]);
  });

  /** A deletion of the environment is accepted, and that many minutes later, the Create succeeds. */
  function adoptedAfterDeletion(scene: CheckedScene, minutes: number): CheckedScene {
    scene.othersCreate();
    const request = scene.request('Create', 'A', { existing: 'ADOPT' });
    scene.beginDeletion('somebody else');
    scene.wait(minutes - 1);
    scene.succeed(request, `${idOf(request)};adopted`);
    return scene;
  }

  it.each([1, 2])('breaks nothing %i min after DeleteBackend, since a failed call can delay the answer', (minutes) => {
    const scene = new CheckedScene({ answersGetLost: true });
    expect(adoptedAfterDeletion(scene, minutes).broken).toEqual([]);
  });

  it('breaks guarantee 4 three minutes after DeleteBackend: a failed call does not delay the answer for so long', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    expect(adoptedAfterDeletion(scene, 3).broken).toEqual([4]);
  });

  it('breaks guarantee 4 one minute after DeleteBackend if no call can fail', () => {
    const scene = new CheckedScene({ answersGetLost: false });
    expect(adoptedAfterDeletion(scene, 1).broken).toEqual([4]);
  });

  it('breaks nothing after its timeout', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    const request = scene.request('Create', 'A', { existing: 'ADOPT' });
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.wait(50);
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([]);
  });

  it('breaks nothing if the clone has another source, under which its job is filed', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    scene.othersCreate();
    const request = scene.request('Create', 'A', { existing: 'ADOPT', source: 'test' });
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.wait(5);
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([]);
  });
});

describe('a clone whose answer may be lost', () => {
  it('can be confused with another owner’s clone that began in the same minute', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    const own = scene.clone(request, 'pa', { ontoExisting: true });
    const theirs = scene.clone('somebody else');
    scene.endClone(own, { error: 'taken', leaves: 'nothing' });
    scene.endClone(theirs, 'COMPLETED');
    scene.delete(request);
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('cannot be confused with a clone that began later', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'limit', leaves: 'nothing' });
    scene.wait(5);
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.wait(5);
    scene.delete(request);
    expect(scene.broken).toEqual([1]);
  });

  it('can appear to be accepted if another owner clones to the name', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.wait(5);
    scene.delete(request);
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('can be reported as complete if another resource’s clone to the name is mistaken for its own', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.clone(scene.request('Create', 'B'));
    scene.succeed(request, idOf(request));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('breaks guarantee 4 if it is reported as complete when the other clone began long before', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    scene.clone(scene.request('Create', 'B'));
    scene.wait(5);
    const request = scene.request('Create', 'A');
    scene.succeed(request, idOf(request));
    expect(scene.broken).toEqual([4]);
  });

  /** The Create of A takes another owner's clone for its own. B adopts the environment, and deletes it later. */
  function adoptedAfterMistake(scene: CheckedScene, beforeDeletion: (physicalId: string) => void): void {
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.succeed(request, idOf(request));
    const physicalId = scene.adopted('B');
    beforeDeletion(idOf(request));
    scene.wait(5);
    scene.delete(scene.request('Delete', 'B', { physicalId }));
  }

  it('can appear to be accepted also after the environment has passed on to another resource', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    adoptedAfterMistake(scene, (physicalId) => {
      scene.request('Delete', 'A', { physicalId });
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('can appear to be accepted also after the environment has passed on twice', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.succeed(request, idOf(request));
    const ofB = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId: idOf(request) });
    const ofC = scene.adopted('C');
    scene.request('Delete', 'B', { physicalId: ofB });
    scene.wait(5);
    scene.delete(scene.request('Delete', 'C', { physicalId: ofC }));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('breaks guarantee 1 if a resource deletes the environment that has only adopted it', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    adoptedAfterMistake(scene, () => {});
    expect(scene.broken).toEqual([1]);
  });

  it('breaks guarantee 1 if its answer is not lost, since that names its job', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.wait(5);
    scene.delete(request);
    expect(scene.broken).toEqual([1]);
  });
});

describe('a request', () => {
  it('that leads to two clones breaks guarantee 2', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.clone(request);
    scene.clone(request);
    expect(scene.broken).toEqual([2]);
  });

  it('can lead to a second clone that fails because of the first one', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.clone(request);
    scene.clone(request, 'pa', { ontoExisting: true });
    expect(scene.broken).toEqual([]);
  });

  it('without an answer breaks guarantee 3', () => {
    const scene = new CheckedScene();
    const reason = 'CloudFormation did not receive a response from your Custom Resource.';
    scene.stackEvent('A', 'CREATE_FAILED', { reason });
    expect(scene.broken).toEqual([3]);
  });

  it('that succeeds before its clone has ended breaks guarantee 4', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.clone(request);
    scene.succeed(request, idOf(request));
    expect(scene.broken).toEqual([4]);
  });

  it('that succeeds although its clone has failed breaks guarantee 4', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'limit', leaves: 'remains' });
    scene.succeed(request, idOf(request));
    expect(scene.broken).toEqual([4]);
  });

  it('that reports another name breaks guarantee 4', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), 'COMPLETED');
    scene.succeed(request, idOf(request), 'pb');
    expect(scene.broken).toEqual([4]);
  });

  it('can succeed although other people have deleted the environment', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), 'COMPLETED');
    scene.othersRemove();
    scene.succeed(request, idOf(request));
    expect(scene.broken).toEqual([]);
  });

  it('that fails without the words of the service breaks guarantee 6', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'resource limit exceeded', leaves: 'nothing' });
    scene.fail(request, 'The clone failed.');
    expect(scene.broken).toEqual([6]);
  });

  it.each([
    ['contains them', 'The service says: "resource limit exceeded".'],
    ['is a timeout', 'Task timed out after 120.00 seconds'],
    ['is a denied call', 'User: role is not authorized to perform: amplifybackend:GetBackendJob'],
  ])('keeps guarantee 6 if its reason %s', (_, reason) => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'resource limit exceeded', leaves: 'nothing' });
    scene.fail(request, reason);
    expect(scene.broken).toEqual([]);
  });
});

describe('an environment that remains', () => {
  /** A clone that no resource owns. */
  function left(scene: CheckedScene, options = {}): string {
    const physicalId = scene.cloned('A', options);
    scene.resources.length = 0;
    return physicalId;
  }

  it('breaks guarantee 5', () => {
    const scene = new CheckedScene();
    left(scene);
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing while a resource owns it', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing if it is retained', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId });
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing if its request was cancelled and is retained with a generated ID', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId: 'Stack1-A-GENERATED' });
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks guarantee 5 although another resource of that name is retained', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('B', 'DELETE_SKIPPED', { physicalId: 'Stack1-B-GENERATED' });
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing if a failure names it', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'DELETE_FAILED', { reason: 'aws amplify delete-backend-environment --environment-name pa' });
    expect(scene.ends().broken).toEqual([]);
  });

  it.each<[string, number, boolean, number[], string[]]>([
    ['nothing if its answer was lost, and the Delete looks for its job too late', 22, true, [], ['forgotten']],
    ['guarantee 5 if the Delete looks for its job in time', 18, true, [5], []],
    ['guarantee 5 if answers do not get lost', 22, false, [5], []],
  ])('breaks %s', (_, minutes, answersGetLost, broken, exceptions) => {
    const scene = new CheckedScene({ answersGetLost, jobsShownMilliseconds: 25 * 60_000 });
    left(scene);
    scene.wait(minutes);
    scene.request('Delete', 'A', { physicalId: 'Stack1-A-GENERATED' });
    expect([scene.ends().broken, scene.exceptions]).toEqual([broken, exceptions]);
  });

  it('breaks nothing while the rollback has to be continued', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.unfinishedStacks.push('Stack1');
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing if the function was killed in the cleanup', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId, ...KILLED });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks nothing if the function was killed in a rollback that failed', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.stackStatus('UPDATE_ROLLBACK_FAILED');
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks guarantee 5 if the function was killed in an update whose rollback did not fail', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.stackStatus('UPDATE_ROLLBACK_COMPLETE');
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing if the function was killed in the cleanup of an adopting resource', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.request('Create', 'B', { existing: 'ADOPT' });
    scene.stackEvent('B', 'DELETE_FAILED', KILLED);
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks nothing if its outputs were requested, and the function was killed in the Create', () => {
    const scene = new CheckedScene();
    left(scene, { outputs: ['auth//UserPoolId'] });
    scene.stackEvent('A', 'CREATE_FAILED', KILLED);
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['keptSilently']]);
  });

  it('breaks guarantee 5 if no outputs were requested, and the function was killed in the Create', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'CREATE_FAILED', KILLED);
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing if another deletion failed, so that CloudFormation never requested this one', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('B', 'DELETE_FAILED', { reason: 'a bucket is not empty' });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupFailed']]);
  });

  it('breaks guarantee 5 if another deletion failed, and CloudFormation requested this one', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('B', 'DELETE_FAILED', { reason: 'a bucket is not empty' });
    scene.request('Delete', 'A', { physicalId });
    expect(scene.ends().broken).toEqual([5]);
  });

  /** A rollback of the stack fails. Before that, CloudFormation sends what the function says. */
  function rollbackFails(scene: CheckedScene, sent: () => void): void {
    scene.stackStatus('UPDATE_ROLLBACK_IN_PROGRESS');
    sent();
    scene.stackStatus('UPDATE_ROLLBACK_FAILED');
  }

  it('breaks nothing if a rollback failed before the resource got its request', () => {
    const scene = new CheckedScene();
    scene.endClone(scene.clone(scene.request('Update', 'A', { physicalId: 'former' })), 'COMPLETED');
    scene.wait(1);
    rollbackFails(scene, () => {});
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['rollbackFailed']]);
  });

  it('breaks guarantee 5 if a rollback failed after the resource got its request', () => {
    const scene = new CheckedScene();
    scene.endClone(scene.clone(scene.request('Update', 'A', { physicalId: 'former' })), 'COMPLETED');
    rollbackFails(scene, () => {
      scene.request('Update', 'A', { target: 'pb', physicalId: 'former' });
    });
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing if an update replaced it, and a rollback failed before the resource got its request', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.request('Update', 'A', { target: 'pb', physicalId });
    scene.wait(1);
    rollbackFails(scene, () => {});
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['rollbackFailed']]);
  });

  it('breaks guarantee 5 if an update kept it, and a rollback failed before the resource got its request', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.request('Update', 'A', { physicalId });
    scene.wait(1);
    rollbackFails(scene, () => {});
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks guarantee 5 if it was created after the failed rollback', () => {
    const scene = new CheckedScene();
    rollbackFails(scene, () => {});
    scene.endClone(scene.clone(scene.request('Update', 'A', { physicalId: 'former' })), 'COMPLETED');
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing if an update went back from it after a failed cleanup', () => {
    const scene = new CheckedScene();
    const former = scene.cloned('A', { target: 'pb' });
    const failed = scene.cloned('A');
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId: former, reason: 'a bucket is not empty' });
    const update = scene.request('Update', 'A', { target: 'pb', physicalId: failed });
    scene.succeed(update, `${former};replaces=${failed.slice('amplify-clone:v1:'.length)}`);
    scene.request('Delete', 'A', { physicalId: failed });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupFailed']]);
  });

  it('breaks guarantee 5 if its clone still runs', () => {
    const scene = new CheckedScene();
    scene.clone(scene.request('Create', 'A'));
    expect(scene.ends().broken).toEqual([5]);
  });
});

describe('a retained environment', () => {
  /** A clone that the stack has retained. */
  function retained(scene: CheckedScene): string {
    const physicalId = scene.cloned('A');
    scene.resources.length = 0;
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId });
    return physicalId;
  }

  it('that is deleted breaks guarantee 7', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([7]);
  });

  /** B adopts the environment of A, which passes on. Then A is created again, with the same target, and retained. */
  function passedOn(scene: CheckedScene, end: (request: CustomResourceRequest, physicalId: string) => void): string {
    const physicalId = scene.cloned('A');
    const adopted = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId });
    const again = scene.request('Create', 'A');
    end(again, idOf(again));
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId: idOf(again) });
    return adopted;
  }

  it('is none that a failed request of its former owner only names', () => {
    const scene = new CheckedScene();
    const physicalId = passedOn(scene, (request) => scene.fail(request, 'pa already exists'));
    scene.delete(scene.request('Delete', 'B', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('that is deleted by a resource that had adopted it breaks guarantee 7', () => {
    const scene = new CheckedScene();
    const physicalId = passedOn(scene, (request, id) => scene.succeed(request, id));
    scene.delete(scene.request('Delete', 'B', { physicalId }));
    expect(scene.broken).toEqual([7]);
  });

  it('that is deleted after the stack owned it again breaks nothing', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.resources.push({ stackName: 'Stack1', logicalId: 'A', physicalId });
    scene.stackStatus('UPDATE_COMPLETE');
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('that is deleted breaks nothing if the function was killed in an update back to it', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.request('Update', 'A', { physicalId: 'other' });
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['returnKilled']]);
  });

  it('that is deleted breaks guarantee 7 if the function was killed in another update', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.request('Update', 'A', { target: 'pb', physicalId: 'other' });
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([7]);
  });
});

describe('an environment that a resource uses', () => {
  it('and another resource of its stack deletes breaks guarantee 7', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.adopted('B');
    const request = scene.request('Delete', 'A', { physicalId });
    scene.delete(request);
    scene.succeed(request, physicalId);
    scene.stackStatus('UPDATE_COMPLETE');
    expect(scene.broken).toEqual([7]);
  });

  it('and other people delete breaks nothing', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    scene.othersRemove();
    expect(scene.ends().broken).toEqual([]);
  });
});
