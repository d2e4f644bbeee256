import { CheckedScene, idOf } from './checked-scene';

const KILLED = { reason: 'RequestId: 1 Error: Runtime exited with error: signal: killed' };

describe('a resource that deletes an environment', () => {
  it('of its own breaks nothing', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('of somebody else breaks guarantee 1', () => {
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

  it('owns it once CloudFormation has asked for the deletion of the resource that created it, even if that was killed', () => {
    const scene = new CheckedScene();
    const former = scene.cloned('A');
    const physicalId = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId: former });
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId: former, ...KILLED });
    scene.delete(scene.request('Delete', 'B', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('may be the last one of a chain of adoptions', () => {
    const scene = new CheckedScene();
    const first = scene.cloned('A');
    const second = scene.adopted('B');
    scene.request('Delete', 'A', { physicalId: first });
    const third = scene.adopted('C');
    scene.request('Delete', 'B', { physicalId: second });
    scene.delete(scene.request('Delete', 'C', { physicalId: third }));
    expect(scene.broken).toEqual([]);
  });

  it('may delete what a failed clone of somebody else has left', () => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), { error: 'limit', leaves: 'remains' });
    scene.delete(request);
    expect(scene.broken).toEqual([]);
  });
});

describe('an environment that is deleted in place of another one', () => {
  /** Somebody replaces the clone of A by an environment that they create, with the given actions. */
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

  it('breaks nothing where the configuration cannot be read', () => {
    const scene = new CheckedScene({ isHidden: true });
    replaced(scene, () => {
      scene.othersRemove();
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it.each([
    [
      'deleted the former one',
      (scene: CheckedScene) => {
        scene.delete('somebody else');
        scene.othersCreate();
      },
    ],
    [
      'created the present one',
      (scene: CheckedScene) => {
        scene.othersRemove();
        scene.endClone(scene.clone('somebody else'), 'COMPLETED');
      },
    ],
  ])('breaks guarantee 1 even then, where a job %s', (_, replace) => {
    const scene = new CheckedScene({ isHidden: true });
    replaced(scene, () => {
      replace(scene);
    });
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing where the service has forgotten the job', () => {
    const scene = new CheckedScene({ isHidden: true, jobsShownMilliseconds: 60_000 });
    replaced(scene, () => {
      scene.delete('somebody else');
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing where clones are filed under their source, so that no job shows it', () => {
    const scene = new CheckedScene({ isHidden: true, filedUnderSource: true });
    replaced(scene, () => {
      scene.othersRemove();
      scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing where it came while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 30 * 60_000 });
    replaced(scene, () => {
      scene.delete('somebody else');
      scene.othersCreate();
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing where the former one went before its root stack could be known', () => {
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

describe('a resource that ends the running clone of somebody else', () => {
  /** A's clone is replaced by one of somebody else, which still runs when A's Delete comes. */
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

  it('breaks nothing where the clone began while reads could be stale', () => {
    const scene = new CheckedScene({ blindMilliseconds: 10 * 60_000 });
    ended(scene, cloned(scene));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing where clones are filed under their source, and its own was complete', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, cloned(scene));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks guarantee 1 even then, where its own had failed', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, failed(scene));
    expect(scene.broken).toEqual([1]);
  });

  it('breaks nothing where clones are filed under their source, and its own was of another one', () => {
    const scene = new CheckedScene({ filedUnderSource: true });
    ended(scene, () => {
      const request = scene.request('Create', 'A', { source: 'test' });
      scene.endClone(scene.clone(request, 'pa', { source: 'test' }), { error: 'limit', leaves: 'nothing' });
    });
    expect([scene.broken, scene.exceptions]).toEqual([[], ['replacedUnseen']]);
  });

  it('breaks nothing where the clone will fail, because the name is taken', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.beginDeletion(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('breaks nothing where the clone is its own', () => {
    const scene = new CheckedScene();
    scene.clone(scene.request('Create', 'A'));
    scene.beginDeletion(scene.request('Delete', 'A'));
    expect(scene.broken).toEqual([]);
  });
});

describe('a resource that adopts an environment', () => {
  it('while somebody else clones onto it breaks guarantee 4', () => {
    const scene = new CheckedScene();
    scene.othersCreate();
    const request = scene.request('Create', 'A', { existing: 'ADOPT' });
    scene.clone('somebody else', 'pa', { ontoExisting: true });
    scene.wait(5);
    scene.succeed(request, `${idOf(request)};adopted`);
    expect(scene.broken).toEqual([4]);
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

  it('breaks nothing where the clone is of another source, under which it is filed', () => {
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
  it('can be confused with one by somebody else that began in the same minute', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    const own = scene.clone(request, 'pa', { ontoExisting: true });
    const theirs = scene.clone('somebody else');
    scene.endClone(own, { error: 'taken', leaves: 'nothing' });
    scene.endClone(theirs, 'COMPLETED');
    scene.delete(request);
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('cannot be confused with one that began later', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'limit', leaves: 'nothing' });
    scene.wait(5);
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.wait(5);
    scene.delete(request);
    expect(scene.broken).toEqual([1]);
  });

  it('may seem to have been accepted where somebody else clones onto the name', () => {
    const scene = new CheckedScene({ answersGetLost: true });
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone('somebody else'), 'COMPLETED');
    scene.wait(5);
    scene.delete(request);
    expect([scene.broken, scene.exceptions]).toEqual([[], ['takenForAnother']]);
  });

  it('breaks guarantee 1 otherwise, since the answer says which one it is', () => {
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

  it('may be followed by a clone that fails because of the first one', () => {
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

  it('may succeed although other people have deleted the environment', () => {
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
    ['has them', 'The service says: "resource limit exceeded".'],
    ['timed out', 'Task timed out after 120.00 seconds'],
    ['may not ask', 'User: role is not authorized to perform: amplifybackend:GetBackendJob'],
  ])('keeps guarantee 6 where it %s', (_, reason) => {
    const scene = new CheckedScene();
    const request = scene.request('Create', 'A');
    scene.endClone(scene.clone(request), { error: 'resource limit exceeded', leaves: 'nothing' });
    scene.fail(request, reason);
    expect(scene.broken).toEqual([]);
  });
});

describe('an environment that is left', () => {
  /** A clone that no resource holds. */
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

  it('breaks nothing while a resource holds it', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing where it is retained', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId });
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing where its request was cancelled and is retained with a generated ID', () => {
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

  it('breaks nothing where a failure names it', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'DELETE_FAILED', { reason: 'aws amplify delete-backend-environment --environment-name pa' });
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing while people have to continue the rollback', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.unfinishedStacks.push('Stack1');
    expect(scene.ends().broken).toEqual([]);
  });

  it('breaks nothing where the function was killed in the cleanup', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId, ...KILLED });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks nothing where the function was killed in a rollback that failed', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.stackStatus('UPDATE_ROLLBACK_FAILED');
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks guarantee 5 where the function was killed in an update whose rollback did not fail', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.stackStatus('UPDATE_ROLLBACK_COMPLETE');
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing where the cleanup was killed of a resource that was to adopt it', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.request('Create', 'B', { existing: 'ADOPT' });
    scene.stackEvent('B', 'DELETE_FAILED', KILLED);
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupKilled']]);
  });

  it('breaks nothing where its outputs were requested, and the function was killed in the Create', () => {
    const scene = new CheckedScene();
    left(scene, { outputs: ['auth//UserPoolId'] });
    scene.stackEvent('A', 'CREATE_FAILED', KILLED);
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['keptSilently']]);
  });

  it('breaks guarantee 5 where no outputs were requested, and the function was killed in the Create', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('A', 'CREATE_FAILED', KILLED);
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing where another deletion failed, so that CloudFormation never asked for this one', () => {
    const scene = new CheckedScene();
    left(scene);
    scene.stackEvent('B', 'DELETE_FAILED', { reason: 'a bucket is not empty' });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupFailed']]);
  });

  it('breaks guarantee 5 where another deletion failed, and CloudFormation asked for this one', () => {
    const scene = new CheckedScene();
    const physicalId = left(scene);
    scene.stackEvent('B', 'DELETE_FAILED', { reason: 'a bucket is not empty' });
    scene.request('Delete', 'A', { physicalId });
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing where a rollback failed before CloudFormation told the resource of it', () => {
    const scene = new CheckedScene();
    scene.endClone(scene.clone(scene.request('Update', 'A', { physicalId: 'former' })), 'COMPLETED');
    scene.stackStatus('UPDATE_ROLLBACK_FAILED');
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['rollbackFailed']]);
  });

  it('breaks guarantee 5 where a rollback failed, and CloudFormation had told the resource of it', () => {
    const scene = new CheckedScene();
    scene.endClone(scene.clone(scene.request('Update', 'A', { physicalId: 'former' })), 'COMPLETED');
    scene.request('Update', 'A', { target: 'pb', physicalId: 'former' });
    scene.stackStatus('UPDATE_ROLLBACK_FAILED');
    expect(scene.ends().broken).toEqual([5]);
  });

  it('breaks nothing where an update has returned from it after a failed cleanup', () => {
    const scene = new CheckedScene();
    const former = scene.cloned('A', { target: 'pb' });
    const failed = scene.cloned('A');
    scene.stackEvent('A', 'DELETE_FAILED', { physicalId: former, reason: 'a bucket is not empty' });
    const update = scene.request('Update', 'A', { target: 'pb', physicalId: failed });
    scene.succeed(update, `${former};replaces=${failed.slice('amplify-clone:v1:'.length)}`);
    scene.request('Delete', 'A', { physicalId: failed });
    expect([scene.ends().broken, scene.exceptions]).toEqual([[], ['cleanupFailed']]);
  });

  it('breaks guarantee 5 where its clone still runs', () => {
    const scene = new CheckedScene();
    scene.clone(scene.request('Create', 'A'));
    expect(scene.ends().broken).toEqual([5]);
  });
});

describe('an environment that is to be retained', () => {
  /** A clone that the stack has retained. */
  function retained(scene: CheckedScene): string {
    const physicalId = scene.cloned('A');
    scene.resources.length = 0;
    scene.stackEvent('A', 'DELETE_SKIPPED', { physicalId });
    return physicalId;
  }

  it('and is deleted breaks guarantee 7', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([7]);
  });

  it('and is deleted after the stack held it again breaks nothing', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.resources.push({ stackName: 'Stack1', logicalId: 'A', physicalId });
    scene.stackStatus('UPDATE_COMPLETE');
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([]);
  });

  it('and is deleted breaks nothing where the function was killed in an update back to it', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.request('Update', 'A', { physicalId: 'other' });
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect([scene.broken, scene.exceptions]).toEqual([[], ['returnKilled']]);
  });

  it('and is deleted breaks guarantee 7 where the function was killed in an update to something else', () => {
    const scene = new CheckedScene();
    const physicalId = retained(scene);
    scene.request('Update', 'A', { target: 'pb', physicalId: 'other' });
    scene.stackEvent('A', 'UPDATE_FAILED', KILLED);
    scene.delete(scene.request('Delete', 'A', { physicalId }));
    expect(scene.broken).toEqual([7]);
  });
});

describe('an environment that a resource holds', () => {
  it('and another one of its stack has deleted breaks guarantee 7', () => {
    const scene = new CheckedScene();
    const physicalId = scene.cloned('A');
    scene.adopted('B');
    const request = scene.request('Delete', 'A', { physicalId });
    scene.delete(request);
    scene.succeed(request, physicalId);
    scene.stackStatus('UPDATE_COMPLETE');
    expect(scene.broken).toEqual([7]);
  });

  it('and other people have deleted breaks nothing', () => {
    const scene = new CheckedScene();
    scene.cloned('A');
    scene.othersRemove();
    expect(scene.ends().broken).toEqual([]);
  });
});
