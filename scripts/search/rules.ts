/**
 * A rule of the handler, and how to take it out: a text that occurs exactly once in one of its files, and its replacement.
 * `npm run simulate -- --rules` takes each rule out in turn.
 */
export interface Rule {
  /** A sentence that is true with the rule. */
  readonly name: string;
  /** In `lambda/`. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** For a rule that 1,000 histories do not notice: what a history would need to notice it, and the test that fails without it. */
  readonly heldBy?: HeldBy;
}

export interface HeldBy {
  readonly why: string;
  /** Relative to `test/`. */
  readonly file: string;
  /** The title of the test, as in the file. */
  readonly test: string;
}

export const RULES: readonly Rule[] = [
  // ---- Ownership and removal
  {
    name: 'The environment that a failed clone leaves is deleted only if it is empty',
    file: 'removal.ts',
    before: "if (isOurs || content === 'NOTHING') return callOnce",
    after: 'return callOnce',
  },
  {
    name: 'Ownership ends when another owner’s later clone to the name completes',
    file: 'removal.ts',
    before: "if (created.some((job) => job.status === 'COMPLETED')) return 'NOT_OURS';",
    after: '',
    heldBy: {
      why: 'Another owner has to clone to the name after this clone, and no root stack may distinguish the two environments',
      file: 'lambda/remove-step.test.ts',
      test: 'is complete if the environment is another owner’s, which remains',
    },
  },
  {
    name: 'Ownership ends when a later deletion of the environment completes',
    file: 'removal.ts',
    before: 'if (gone !== undefined) return isSettledByService',
    after: 'if (gone === null) return isSettledByService',
    heldBy: {
      why: 'Another owner has to delete the environment and create the name again, and no root stack may distinguish the two environments',
      file: 'lambda/removal.test.ts',
      test: 'an environment that exists long after a deletion is not owned',
    },
  },
  {
    name: 'Ownership is undecided while a job of the environment runs',
    file: 'removal.ts',
    before: "if ([...removed, ...created].some((job) => job.status === 'RUNNING')) return 'UNDECIDED';",
    after: '',
    heldBy: {
      why: 'Another owner’s job has to run on the name, and the service has to accept DeleteBackend meanwhile',
      file: 'lambda/removal.test.ts',
      test: 'a later running clone leaves the ownership undecided',
    },
  },
  {
    name: 'An environment whose root stack differs from the recorded one is not owned',
    file: 'removal.ts',
    before: 'return stackId !== undefined && found !== undefined && found !== stackId;',
    after: 'return stackId !== undefined && found === undefined && found !== stackId;',
  },
  {
    name: 'If no poll saw the clone’s final status, its environment is deleted only if it is empty',
    file: 'removal.ts',
    before: "const isOurs = ended === 'COMPLETED' || (ended === undefined && own?.status === 'RUNNING');",
    after: "const isOurs = ended !== 'FAILED';",
    heldBy: {
      why: 'The service has to forget the job before a poll sees its final status',
      file: 'lambda/remove-step.test.ts',
      test: 'is not deleted if the service has forgotten the clone’s final status',
    },
  },
  {
    name: 'The handler records the clone’s final status before it calls DeleteBackend',
    file: 'removal.ts',
    before: 'const calling: Removing = { ...stage, ended, deletion };',
    after: 'const calling: Removing = { ...stage, deletion };',
    heldBy: {
      why: 'The service has to forget the job between two calls of DeleteBackend',
      file: 'lambda/remove-step.test.ts',
      test: 'has its final status recorded when DeleteBackend is called',
    },
  },
  {
    name: 'An environment that appears empty is not deleted while another clone may be filling it',
    file: 'removal.ts',
    before: '(await mayLookEmpty(clone, own, context))) return',
    after: '(await mayLookEmpty(clone, own, context)) && now < 0) return',
    heldBy: {
      why: 'A clone has to fail while another one with the same target and source fills the environment',
      file: 'lambda/remove-step.test.ts',
      test: 'count as empty once reads are consistent',
    },
  },
  {
    name: 'A backend that exists while the clone still runs belongs to another owner',
    file: 'removal.ts',
    before: "if (isOurs && isRunning && listed && content === 'BACKEND')",
    after: "if (isOurs && isRunning && listed && content === 'BACKEND' && now < 0)",
    heldBy: {
      why: 'Another owner has to push a backend under the name with the Amplify CLI, while the clone runs for more than 25 minutes',
      file: 'lambda/remove-step.test.ts',
      test: 'and whose answer was lost is not deleted if the environment has a backend',
    },
  },
  {
    name: 'If jobs are filed under the source, clones of the environment do not count as clones to it',
    file: 'removal.ts',
    before: '(operation === CLONE && clone.job.filedUnder === clone.environmentName)',
    after: '(operation === CLONE && clone.job.filedUnder !== undefined)',
    heldBy: {
      why: 'Jobs have to be filed under the source, and another owner has to clone the clone before its deletion',
      file: 'lambda/remove-step.test.ts',
      test: 'under the source, is owned even if it was itself cloned since',
    },
  },
  {
    name: 'A removal waits for a job that is not visible yet, until reads are consistent',
    file: 'removal.ts',
    before: "if (isUnknown && !isSettledByService(clone.calledAt + LONGEST_CALL, now)) return 'WAITING';",
    after: '',
    heldBy: {
      why: 'A Delete has to arrive within a minute of CloneBackend, while another owner’s clone to the name completes',
      file: 'lambda/remove-step.test.ts',
      test: 'is not deleted if the clone’s job is not visible yet, and the other one completed just before',
    },
  },
  {
    name: 'A removal waits for a running clone before it deletes the environment',
    file: 'removal.ts',
    before: "if (isRunning && now - ongoing.begunAt < CLONE_WAIT) return 'WAITING';",
    after: '',
    heldBy: {
      why: 'A deletion that interrupts a clone breaks no guarantee: afterwards, the environment does not exist',
      file: 'lambda/remove-step.test.ts',
      test: 'waits 25 minutes for a running clone, and then calls DeleteBackend',
    },
  },
  {
    name: 'A removal waits five minutes for a configuration that cannot be read',
    file: 'removal.ts',
    before: "if (read.kind === 'unreadable' && mayBeReadYet) return 'WAITING';",
    after: '',
    heldBy: {
      why: 'Another owner has to create the name without a job, and the one read that decides has to fail',
      file: 'lambda/remove-step.test.ts',
      test: 'is read again as long by a Delete that arrives much later',
    },
  },
  {
    name: 'An environment whose name was taken unseen is not owned if its configuration cannot be read',
    file: 'removal.ts',
    before: "return wasTaken(clone, own, history) ? 'NOT_OURS' : callOnce(ended, ongoing);",
    after: 'return callOnce(ended, ongoing);',
    heldBy: {
      why: 'A read has to be stale, the service has to accept a clone to a name that is taken, and the configuration has to be unreadable for good',
      file: 'lambda/remove-step.test.ts',
      test: 'is another owner’s after a failed clone if %s',
    },
  },
  {
    name: 'After 25 minutes, a removal deletes the environment of a clone that still runs',
    file: 'removal.ts',
    before: "if (isRunning && now - ongoing.begunAt < CLONE_WAIT) return 'WAITING';",
    after: "if (isRunning) return 'WAITING';",
  },
  {
    name: 'An unlisted environment counts as deleted only once reads are consistent',
    file: 'removal.ts',
    before: "if (!isSettledByService(lastChange(clone, own), now)) return 'WAITING';",
    after: '',
  },
  {
    name: 'A removal waits for another deletion that interrupted the clone',
    file: 'removal.ts',
    before: "return isEnding ? orGiveUp(ongoing, 'Its deletion is still running.') : 'GONE';",
    after: "return isEnding && now < 0 ? 'WAITING' : 'GONE';",
    heldBy: {
      why: 'Another owner’s deletion has to run beyond the end of the request, and to fail',
      file: 'lambda/remove-step.test.ts',
      test: 'another owner’s deletion that interrupted the clone',
    },
  },
  {
    name: 'Only the delivery that recorded a DeleteBackend call makes it',
    file: 'removal.ts',
    before: 'if (cloneEntry(called.item, requestId)?.stage !== calling) return removeStep(called);',
    after: '',
    heldBy: {
      why: 'Two deliveries have to call DeleteBackend, and another owner has to create the name again between the two calls',
      file: 'lambda/remove-step.test.ts',
      test: 'is left to another delivery that has just recorded it',
    },
  },
  {
    name: 'The handler records a DeleteBackend call before it makes the call',
    file: 'removal.ts',
    before: '?.stage !== calling) return removeStep(called);',
    after:
      '?.stage !== calling) return removeStep(called);\n  await become({ ...calling, deletion: undefined }, called);',
  },
  {
    name: 'A failed deletion is retried once',
    file: 'removal.ts',
    before: 'const MOST_DELETIONS = 2;',
    after: 'const MOST_DELETIONS = 1;',
    heldBy: {
      why: 'A Delete that fails, and names the remaining environment, breaks no guarantee',
      file: 'lambda/remove-step.test.ts',
      test: 'that FAILED is called again once',
    },
  },
  {
    name: 'After two failed deletions, the request fails',
    file: 'removal.ts',
    before: 'if (because !== undefined) return { because };',
    after: 'if (because === null) return { because };',
  },
  {
    name: 'If the answer to DeleteBackend is lost, the handler searches for the job before it calls again',
    file: 'removal.ts',
    before: 'job === undefined ? !isVisible :',
    after: 'job === undefined ? isVisible && !isVisible :',
  },
  {
    name: 'A refused DeleteBackend call can be made again',
    file: 'removal.ts',
    before: '    if (!isLost) await answered(undefined);',
    after: '',
    heldBy: {
      why: 'Without the rule, the handler searches for the job, and calls DeleteBackend again later',
      file: 'lambda/remove-step.test.ts',
      test: 'can be made again after a refusal',
    },
  },
  {
    name: 'A removal waits for a running deletion',
    file: 'removal.ts',
    before: "job.status === 'RUNNING';",
    after: 'false;',
  },

  {
    name: 'An environment with only a root stack is not deleted, since the Amplify CLI may be creating it',
    file: 'outputs.ts',
    before: "? 'ROOT_STACK' : 'BACKEND';",
    after: "? 'NOTHING' : 'BACKEND';",
    heldBy: {
      why: 'Another owner has to create the name with the Amplify CLI at the moment when a clone to it fails',
      file: 'lambda/remove-step.test.ts',
      test: 'are not deleted if they have only a root stack, since the Amplify CLI may be creating the environment',
    },
  },
  {
    name: 'A COMPLETED deletion counts only once the app does not list the environment',
    file: 'removal.ts',
    before: 'return confirm(job, because, ongoing);',
    after: "return 'GONE';",
    heldBy: {
      why: 'The environment has to remain although its deletion is COMPLETED',
      file: 'lambda/remove-step.test.ts',
      test: 'fails once reads are consistent',
    },
  },
  {
    name: 'An accepted deletion is not repeated after the service has forgotten its job',
    file: 'removal.ts',
    before: 'if (id === undefined && now <= calledAt + JOBS_SHOWN) return',
    after: 'if (id !== undefined || now <= calledAt + JOBS_SHOWN) return',
    heldBy: {
      why: 'The service has to forget the job while the handler waits for it, and another owner has to create the name again',
      file: 'lambda/remove-step.test.ts',
      test: '%s is not called again, since a listed environment may be another owner’s',
    },
  },
  {
    name: 'A deletion whose answer was lost is not repeated once the service may have forgotten its job',
    file: 'removal.ts',
    before: 'if (id === undefined && now <= calledAt + JOBS_SHOWN) return',
    after: 'if (id === undefined) return',
    heldBy: {
      why: 'The service has to forget the job between two Deletes, and another stack has to clone to the name',
      file: 'lambda/remove-step.test.ts',
      test: 'and whose answer was lost is called again only while the service keeps jobs',
    },
  },
  {
    name: 'Ownership passes to a resource of the same stack that has adopted the environment',
    file: 'removal.ts',
    before: "if (ended === 'COMPLETED' && (await passOn(clone, stage.stackId, ongoing))) return 'NOT_OURS';",
    after: '',
    heldBy: {
      why: 'A resource has to adopt the clone of another resource of its stack, and CloudFormation has to delete the other one first',
      file: 'lambda/delete.test.ts',
      test: 'passes the ownership, deletes nothing, and is complete',
    },
  },
  {
    name: 'Ownership does not pass to a resource that had adopted an earlier environment of that name',
    file: 'adoptions.ts',
    before: ' || adoption.begunAt < calledAt) continue;',
    after: ') continue;',
    heldBy: {
      why: 'An adopted environment has to be deleted by its owner, and a resource of the same stack has to create the name again, and be removed',
      file: 'lambda/adoptions.test.ts',
      test: 'to a resource that had adopted an earlier environment of that name',
    },
  },
  {
    name: 'Ownership does not pass to a resource of another stack',
    file: 'adoptions.ts',
    before: ' && stackOf(resource) === stackOf(item.resource);',
    after: ';',
    heldBy: {
      why: 'Two stacks have to share a provider and its ledger. In the histories, each stack has its own',
      file: 'lambda/adoptions.test.ts',
      test: 'to a resource of another stack',
    },
  },
  {
    name: 'A clone that was kept without its outputs is removed if its request was cancelled',
    file: 'ledger-entries.ts',
    before: "return stage.at === 'created' ? removing(",
    after: "return stage.at === 'created' && !isKept(stage) ? removing(",
    heldBy: {
      why: 'A Create has to be cancelled after it decides to keep its clone, and before its answer',
      file: 'lambda/cancelled-request.test.ts',
      test: 'removes a clone that was kept without its outputs, since no failure has named it',
    },
  },

  // ---- Jobs and lost answers
  {
    name: 'If the answer to CloneBackend is lost, the handler searches for the job',
    file: 'clone-job.ts',
    before: 'if (own !== undefined) return { id: own.id, filedUnder: environmentName };',
    after: '',
  },
  {
    name: 'The search for a job ends without a result only once reads are consistent',
    file: 'clone-job.ts',
    before: "if (!isSettledByService(calledAt + LONGEST_CALL, context.clock.now())) return 'NOT_YET';",
    after: '',
  },
  {
    name: 'The search for a job includes the jobs of the source',
    file: 'clone-job.ts',
    before: "return ofSource.length > 0 ? { id: undefined, filedUnder: sourceName } : 'NONE';",
    after: "return ofSource.length > 0 && false ? { id: undefined, filedUnder: sourceName } : 'NONE';",
  },
  {
    name: 'The search for a job finds only jobs that began at the time of the call',
    file: 'clone-job.ts',
    before: 'createdAt >= earliest && createdAt <= latest',
    after: 'createdAt > 0',
  },
  {
    name: 'If the search finds several clone jobs, the FAILED one counts as the request’s own',
    file: 'clone-job.ts',
    before: "const own = onto.find((job) => job.status === 'FAILED') ?? onto[0];",
    after: "const own = onto.find((job) => job.status === 'COMPLETED') ?? onto[0];",
    heldBy: {
      why: 'The answer has to be lost while another owner clones to the name in the same minute, and one of the two clones has to fail',
      file: 'lambda/clone-job.test.ts',
      test: 'finds the FAILED one of two clones to the target, so that another owner’s clone is not mistaken for this one',
    },
  },
  {
    name: 'A clone job is read under the environment that the answer to CloneBackend names',
    file: 'create.ts',
    before: '({ ...stage, job })',
    after: '({ ...stage, job: { ...job, filedUnder: targetName } })',
  },

  // ---- Create
  {
    name: 'Only the delivery that recorded a CloneBackend call makes it',
    file: 'create.ts',
    before: 'if (cloneEntry(item, request.id)?.stage !== calling) return item;',
    after: '',
  },
  {
    name: 'If the target exists, the handler does not call CloneBackend',
    file: 'create.ts',
    before:
      "if (names.has(targetName))\n    return properties.existing === 'ADOPT' ? 'TO_BE_ADOPTED' : errorOf('TargetExists', properties);",
    after: '',
  },
  {
    name: 'An adopted environment is never deleted',
    file: 'ledger-entries.ts',
    before: "    case 'examining':\n    case 'adopted':\n",
    after:
      "    case 'adopted':\n      return removing({ calledAt: 0, job: { filedUnder: 'source' } }, { ended: 'COMPLETED' });\n    case 'examining':\n",
  },
  {
    name: 'A missing source fails the request only once reads are consistent',
    file: 'create.ts',
    before: "if (verdict !== 'FREE' && !isSettled",
    after: "if (verdict === 'TO_BE_ADOPTED' && !isSettled",
    heldBy: {
      why: 'An unnecessary failure of a deployment breaks no guarantee',
      file: 'lambda/create.test.ts',
      test: 'does not fail the request within 65 s, since reads can be stale',
    },
  },
  {
    name: 'An environment is not adopted while a clone to it runs',
    file: 'create.ts',
    before: '(operation === CLONE || operation === REMOVAL)',
    after: 'operation === REMOVAL',
    heldBy: {
      why: 'Another owner’s clone has to fail after its adoption, within the deployment',
      file: 'lambda/create.test.ts',
      test: 'is not adopted while %s runs, until the timeout',
    },
  },
  {
    name: 'An environment is not adopted while its deletion runs',
    file: 'create.ts',
    before: '(operation === CLONE || operation === REMOVAL)',
    after: 'operation === CLONE',
    heldBy: {
      why: 'Another owner has to delete the environment in the minutes before its adoption',
      file: 'lambda/create.test.ts',
      test: 'is not adopted while %s runs, until the timeout',
    },
  },
  {
    name: 'A COMPLETED clone is not reported before the app lists its environment',
    file: 'create.ts',
    before: "if (names !== 'APP_NOT_FOUND' && names.has(clone.environmentName)) {\n        const stackId",
    after: "if (names !== 'APP_NOT_FOUND') {\n        const stackId",
    heldBy: {
      why: 'The job has to be COMPLETED although the environment does not exist',
      file: 'lambda/create.test.ts',
      test: 'fails with CloneTimedOut after that, and leaves the removal to the next request',
    },
  },
  {
    name: 'A clone is not reported while its job runs',
    file: 'create.ts',
    before: "    case 'RUNNING':\n      break;\n    case 'COMPLETED': {",
    after: "    case 'RUNNING':\n    case 'COMPLETED': {",
  },
  {
    name: 'The handler removes the remains of a failed clone before it reports the failure',
    file: 'create.ts',
    before: "return putStage(creation, removing(found, { ended: 'FAILED', failure }));",
    after: "return putStage(creation, { at: 'nothing', failure });",
  },
  {
    name: 'The failure of a clone contains the service’s own words',
    file: 'create.ts',
    before: "errorOf('CloneFailed', clone, job, cause, context.role)",
    after: "errorOf('CloneFailed', clone, { ...job, error: undefined }, cause, context.role)",
  },
  {
    name: 'A clone that exceeds its timeout fails the request',
    file: 'create.ts',
    before: 'return context.clock.now() > entry.begunAt + request.properties.timeoutMilliseconds;',
    after: 'return context.clock.now() < 0 && entry.begunAt > request.properties.timeoutMilliseconds;',
  },
  {
    name: 'A CloneBackend call that was surely not accepted is made again',
    file: 'create.ts',
    before: "await answered((stage) => (stage.at === 'cloning' ? EXAMINING : NOTHING));",
    after: '',
    heldBy: {
      why: 'Without the rule, the handler searches for the job, and calls CloneBackend again a minute later',
      file: 'lambda/create.test.ts',
      test: 'is made again until the timeout if the service did not accept it: %s',
    },
  },

  {
    name: 'While Amplify Studio is off, the clone of a lost answer may exist although no list has it',
    file: 'create.ts',
    before: "const isUnlisted = names !== 'APP_NOT_FOUND' && ",
    after: 'const isUnlisted = ',
    heldBy: {
      why: 'Amplify Studio has to be off from CloneBackend, whose answer is lost, until the timeout',
      file: 'lambda/create.test.ts',
      test: 'without a known job is waited for until the timeout while Amplify Studio is off',
    },
  },

  // ---- Cancelled requests
  {
    name: 'A request that was cancelled before its arrival starts nothing',
    file: 'create.ts',
    before: 'if (isCancelled(item.entries, entry.replaces, context.clock.now())) return putStage(creation, NOTHING);',
    after: '',
    heldBy: {
      why: 'Without the rule, a rollback starts clones and deletes them again, which breaks no guarantee',
      file: 'lambda/create.test.ts',
      test: 'starts nothing if it %s',
    },
  },
  {
    name: 'A Delete waits for a cancelled Create that may still arrive',
    file: 'cancelled-request.ts',
    before: 'if (context.clock.now() <= begunAt + LATEST_DELIVERY) return false;',
    after: '',
  },
  {
    name: 'A Delete with a physical ID that CloudFormation generated removes the clone of the cancelled Create',
    file: 'cancelled-request.ts',
    before: 'if (cancellation === undefined) return true;',
    after: 'if (cancellation === undefined || cancellation.replaces === undefined) return true;',
  },
  {
    name: 'The rollback of an update removes the clone of the cancelled Update',
    file: 'update-in-place.ts',
    before: 'return oldProperties === undefined || isNamed(holds, oldProperties)',
    after: 'return oldProperties === undefined || true',
  },
  {
    name: 'A clone whose physical ID CloudFormation has sent is not removed as a cancelled one',
    file: 'cancelled-request.ts',
    before: 'return last?.entry.confirmed === false ? last.id : undefined;',
    after: 'return last?.id;',
  },
  {
    name: 'A cancelled request replaces the same environment as the request that follows it',
    file: 'cancelled-request.ts',
    before: "entry.kind === 'clone' && entry.replaces === replaces ?",
    after: "entry.kind === 'clone' ?",
    heldBy: {
      why: 'Two requests of one resource have to be cancelled, and one of them has to be a replacement',
      file: 'lambda/delete.test.ts',
      test: 'does not change the clone of an Update',
    },
  },
  {
    name: 'Only the last Create can be the cancelled one',
    file: 'cancelled-request.ts',
    before: '.sort((one, other) => other.entry.begunAt - one.entry.begunAt);',
    after: '.sort((one, other) => one.entry.begunAt - other.entry.begunAt);',
  },
  {
    name: 'Ownership does not pass to a cancelled adoption',
    file: 'cancelled-request.ts',
    before: 'withStage(marked, cancelled, cancelledToRemoving);',
    after: "withStage(marked, cancelled, (stage) => (stage.at === 'adopted' ? stage : cancelledToRemoving(stage)));",
    heldBy: {
      why: 'An adoption has to be cancelled, and CloudFormation has to delete the resource that created the environment before the adopting one',
      file: 'lambda/cancelled-request.test.ts',
      test: 'retains an adopted environment, whose ownership cannot pass to the resource any more',
    },
  },

  // ---- Updates
  {
    name: 'A Delete with a physical ID that is not the current one deletes nothing',
    file: 'delete.ts',
    before: '  if (!isCurrent(entries, parsedId.holds)) return entries;\n',
    after: '',
  },
  {
    name: 'A new physical ID of an update back becomes the current one only when the update is complete',
    file: 'update-in-place.ts',
    before: 'return from.returnedBy === undefined ? left : withoutClaim(left, from.requestId);',
    after:
      'const released = from.returnedBy === undefined ? left : withoutClaim(left, from.requestId);\n    return withCurrent(released, holds, {});',
    heldBy: {
      why: 'An update back has to fail before its answer, and CloudFormation has to clean up with the physical ID of that answer',
      file: 'lambda/update-in-place.test.ts',
      test: 'is recorded only when it is complete, since its physical ID is not the current one until then',
    },
  },
  {
    name: 'The rollback of an update that failed or was cancelled gives the environment its former physical ID',
    file: 'clone-lifecycle.ts',
    before: 'const holds = isHeld ? replaces : { ...replaces, returnedBy: request.id };',
    after: 'const holds = { ...replaces, returnedBy: isHeld ? request.id : request.id };',
    heldBy: {
      why: 'A Delete has to come with the former physical ID after such a rollback',
      file: 'lambda/clone-lifecycle.test.ts',
      test: 'has its former ID if the update that it undoes %s, since the resource has kept it',
    },
  },
  {
    name: 'An environment that an update went back to is retained when a later update replaces it',
    file: 'update-in-place.ts',
    before: 'return from.returnedBy === undefined ? left : withoutClaim(left, from.requestId);',
    after: 'return left;',
  },
  {
    name: 'An update goes back to a replaced environment only if its deletion has not begun',
    file: 'clone-lifecycle.ts',
    before: 'if (!isRemoved(entries, replaces)) {',
    after: 'if (!isRemoved(entries, replaces) || entries !== undefined) {',
    heldBy: {
      why: 'An unnecessary failure of a deployment breaks no guarantee',
      file: 'lambda/clone-lifecycle.test.ts',
      test: 'creates a new clone if %s',
    },
  },
  {
    name: 'An update whose environment has become unreadable reports the outputs as they were read before',
    file: 'update-in-place.ts',
    before: 'const read = orKnown(found, properties.outputs, entry?.attributes);',
    after: 'const read = found;',
    heldBy: {
      why: 'An update and its rollback have to fail because of outputs, and the stack has to be deleted then',
      file: 'lambda/update-in-place.test.ts',
      test: 'returns the outputs that an earlier request read, once reads are consistent',
    },
  },
  {
    name: 'A Delete that arrives before its Create keeps the Create from cloning',
    file: 'delete.ts',
    before: '  return { ...entries, [requestId]: entry };',
    after: '  return entry === undefined ? entries : { ...entries };',
  },

  // ---- The ledger, and time
  {
    name: 'Each write of a ledger item requires the version that was read',
    file: 'ledger-table.ts',
    before: "return (await send('PutItem', input)) !== 'CONDITION_FAILED';",
    after: "return (await send('PutItem', input)) !== undefined;",
  },
  {
    name: 'The ledger item of an existing environment does not expire',
    file: 'ledger.ts',
    before: 'Object.values(entries).every(isOver)',
    after: 'Object.values(entries).some(isOver)',
    heldBy: {
      why: 'A history takes hours, and an item expires after days',
      file: 'lambda/ledger.test.ts',
      test: 'with %s never expires',
    },
  },
  {
    name: 'Reads can be stale by up to a minute',
    file: 'service-timing.ts',
    before: 'export const READ_LAG = 65 * SECOND;',
    after: 'export const READ_LAG = 0;',
  },
  {
    name: 'The service’s clock can be off by up to half a minute',
    file: 'service-timing.ts',
    before: 'export const CLOCK_SKEW = 31 * SECOND;',
    after: 'export const CLOCK_SKEW = 0;',
  },
  {
    name: 'A cancelled request can arrive four minutes late',
    file: 'service-timing.ts',
    before: 'export const LATEST_DELIVERY = 4 * MINUTE;',
    after: 'export const LATEST_DELIVERY = 5 * SECOND;',
  },
  {
    name: 'The handler answers within CloudFormation’s hour',
    file: 'service-timing.ts',
    before: 'export const LAST_ANSWER = 54 * MINUTE;',
    after: 'export const LAST_ANSWER = 70 * MINUTE;',
  },
  {
    name: 'A denied call is retried for a minute, since a new policy may not be effective yet',
    file: 'service-timing.ts',
    before: 'export const NEW_PERMISSIONS = MINUTE;',
    after: 'export const NEW_PERMISSIONS = 0;',
    heldBy: {
      why: 'An unnecessary failure of a deployment breaks no guarantee',
      file: 'lambda/clone-lifecycle.test.ts',
      test: 'by %s is retried every five seconds for one minute, since a new policy may not be effective yet',
    },
  },
  {
    name: 'The service may accept a call up to 15 seconds after it was made',
    file: 'service-timing.ts',
    before: 'export const LONGEST_CALL = 15 * SECOND;',
    after: 'export const LONGEST_CALL = 0;',
    heldBy: {
      why: 'Another delivery has to search for the job while the call is under way',
      file: 'lambda/create.test.ts',
      test: 'is not examined for 15 s, since the delivery that made it may still get the answer',
    },
  },
  {
    name: 'A throttled call is made again',
    file: 'clone-lifecycle.ts',
    before: "        case 'THROTTLED': {",
    after: "        case 'THROTTLED': {\n          throw error;",
  },
];
