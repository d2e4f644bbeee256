/**
 * A rule of the handler, and what the handler is without it: an exact text that one of its files has once, and what stands
 * in its place. `npm run simulate -- --rules` takes each out in turn.
 */
export interface Rule {
  /** What holds with the rule. */
  readonly name: string;
  /** In `lambda/`. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** For a rule that 1,000 histories do not notice: what a history would need for that, and which test holds it. */
  readonly heldBy?: HeldBy;
}

export interface HeldBy {
  readonly why: string;
  /** Relative to `test/`. */
  readonly file: string;
  /** The name of the test, as it stands in the file. */
  readonly test: string;
}

export const RULES: readonly Rule[] = [
  // ---- Whose an environment is, and when it may be deleted
  {
    name: 'What a failed clone may have left is deleted only if it is empty',
    file: 'removal.ts',
    before: "if (content === 'NOTHING') break;",
    after: 'break;',
  },
  {
    name: 'A clone by somebody else that was completed since makes the environment theirs',
    file: 'removal.ts',
    before: "if (created.some((job) => job.status === 'COMPLETED')) return 'NOT_OURS';",
    after: '',
    heldBy: {
      why: 'Somebody else has to clone onto the name after our clone, without a root stack that tells the two apart',
      file: 'lambda/remove-step.test.ts',
      test: 'is done when what is there is somebody else’s, which stays',
    },
  },
  {
    name: 'A deletion that was completed since makes what is there now another one',
    file: 'removal.ts',
    before: 'if (gone !== undefined) return isSettledByService',
    after: 'if (gone === null) return isSettledByService',
    heldBy: {
      why: 'Somebody has to delete the environment and make the name anew, without a root stack that tells the two apart',
      file: 'lambda/removal.test.ts',
      test: 'what is there long after a deletion is somebody else’s',
    },
  },
  {
    name: 'Nothing is judged while a job on the environment runs',
    file: 'removal.ts',
    before: "if ([...removed, ...created].some((job) => job.status === 'RUNNING')) return 'UNDECIDED';",
    after: '',
    heldBy: {
      why: 'Somebody else’s job has to run on the name, and the service has to take DeleteBackend all the same',
      file: 'lambda/removal.test.ts',
      test: 'a later clone that runs leaves it open',
    },
  },
  {
    name: 'An environment with another root stack is another one',
    file: 'removal.ts',
    before: 'return stackId !== undefined && found !== undefined && found !== stackId;',
    after: 'return stackId !== undefined && found === undefined && found !== stackId;',
  },
  {
    name: 'What is left of a clone whose end nobody saw is deleted only if it is empty',
    file: 'removal.ts',
    before: "const isOurs = ended === 'COMPLETED' || (ended === undefined && own?.status === 'RUNNING');",
    after: "const isOurs = ended !== 'FAILED';",
    heldBy: {
      why: 'The service has to forget the job before anything has looked at its end',
      file: 'lambda/remove-step.test.ts',
      test: 'is left where the service does not know any more how the clone ended',
    },
  },
  {
    name: 'How a clone ended is written down before its environment is deleted',
    file: 'removal.ts',
    before: 'return { ...stage, ended, deletion: calling };',
    after: 'return { ...stage, deletion: calling };',
    heldBy: {
      why: 'The service has to forget the job between two attempts to delete',
      file: 'lambda/remove-step.test.ts',
      test: 'and that was seen to end when its deletion was called is known by that',
    },
  },
  {
    name: 'An environment that looks empty may be one that another clone is filling',
    file: 'removal.ts',
    before: 'if (await mayLookEmpty(clone, own, context))',
    after: 'if ((await mayLookEmpty(clone, own, context)) && now < 0)',
    heldBy: {
      why: 'A clone has to fail while another one with the same target and source fills the environment',
      file: 'lambda/remove-step.test.ts',
      test: 'are believed to be empty once reads show what was there when it failed',
    },
  },
  {
    name: 'A clone that still runs has no backend yet',
    file: 'removal.ts',
    before: 'if (isRunning && listed && hasBackend)',
    after: 'if (isRunning && listed && hasBackend && now < 0)',
    heldBy: {
      why: 'Somebody has to complete the name by the Amplify CLI while the clone runs for more than 25 minutes',
      file: 'lambda/remove-step.test.ts',
      test: 'and whose answer was lost is not ours where there is a backend, and is left',
    },
  },
  {
    name: 'Filed under their source, clones of the environment are not taken for clones onto it',
    file: 'removal.ts',
    before: '(operation === CLONE && clone.job.filedUnder === clone.environmentName)',
    after: '(operation === CLONE && clone.job.filedUnder !== undefined)',
  },
  {
    name: 'A job that is not known yet is waited for until it would have to show',
    file: 'removal.ts',
    before: "if (isUnknown && !isSettledByService(clone.calledAt + LONGEST_CALL, now)) return 'WAITING';",
    after: '',
    heldBy: {
      why: 'A Delete has to come within a minute of CloneBackend, while somebody else’s clone of the name is completed',
      file: 'lambda/remove-step.test.ts',
      test: 'is left when our job does not show yet, and theirs was completed just before',
    },
  },
  {
    name: 'A clone that is running is waited for before its environment is deleted',
    file: 'removal.ts',
    before: "if (isRunning && now - ongoing.begunAt < CLONE_WAIT) return 'WAITING';",
    after: '',
    heldBy: {
      why: 'A deletion that cuts a clone short breaks no guarantee: the environment is gone afterwards',
      file: 'lambda/remove-step.test.ts',
      test: 'waits 25 minutes for a clone that still runs, and then tries to delete it all the same',
    },
  },
  {
    name: 'A clone that runs for too long is deleted all the same',
    file: 'removal.ts',
    before: "if (isRunning && now - ongoing.begunAt < CLONE_WAIT) return 'WAITING';",
    after: "if (isRunning) return 'WAITING';",
  },
  {
    name: 'What is not listed is gone only once reads have settled',
    file: 'removal.ts',
    before: "if (!isSettledByService(lastChange(clone, own), now)) return 'WAITING';",
    after: '',
  },
  {
    name: 'A deletion that has cut a clone short is waited for',
    file: 'removal.ts',
    before: "return isEnding ? orGiveUp(ongoing, 'Its deletion is still running.') : 'GONE';",
    after: "return isEnding && now < 0 ? 'WAITING' : 'GONE';",
    heldBy: {
      why: 'Somebody else’s deletion has to run past the end of the request, and to fail',
      file: 'lambda/remove-step.test.ts',
      test: 'somebody else’s deletion, which has cut the clone short',
    },
  },
  {
    name: 'DeleteBackend is called by the one that wrote that it would',
    file: 'removal.ts',
    before: "if (deletion === undefined || deletion !== calling) return 'WAITING';",
    after: "if (deletion === undefined) return 'WAITING';",
    heldBy: {
      why: 'Two deliveries have to call DeleteBackend, and the name has to be made anew between the two calls',
      file: 'lambda/remove-step.test.ts',
      test: 'is left to another delivery that has just written that it calls it',
    },
  },
  {
    name: 'That DeleteBackend is about to be called is written first',
    file: 'removal.ts',
    before: "deletion !== calling) return 'WAITING';",
    after: "false) return 'WAITING';\n  await changeDeletion(called, deletion, { deletion: undefined });",
  },
  {
    name: 'A deletion that failed is tried once more',
    file: 'removal.ts',
    before: 'const MOST_DELETIONS = 2;',
    after: 'const MOST_DELETIONS = 1;',
    heldBy: {
      why: 'A Delete that fails and names what it leaves breaks no guarantee',
      file: 'lambda/remove-step.test.ts',
      test: 'and failed is called once more',
    },
  },
  {
    name: 'A deletion that goes on failing is given up',
    file: 'removal.ts',
    before: 'if (because !== undefined) return { because };',
    after: 'if (because === null) return { because };',
  },
  {
    name: 'A deletion whose answer was lost is searched for before another is called',
    file: 'removal.ts',
    before: 'job === undefined ? !isVisible :',
    after: 'job === undefined ? isVisible && !isVisible :',
  },
  {
    name: 'A deletion that was refused may be called again',
    file: 'removal.ts',
    before: '    await becomes(undefined);\n    return orGiveUp',
    after: '    return orGiveUp',
    heldBy: {
      why: 'Without it the handler searches for the deletion, and calls it again later',
      file: 'lambda/remove-step.test.ts',
      test: 'that was refused is free to be called again, since it was not taken',
    },
  },
  {
    name: 'A deletion that runs is not over',
    file: 'removal.ts',
    before: "job.status === 'RUNNING';",
    after: 'false;',
  },

  {
    name: 'What has a root stack alone may be in the making, and is not what a failed clone left',
    file: 'outputs.ts',
    before: "? 'ROOT_STACK' : 'BACKEND';",
    after: "? 'NOTHING' : 'BACKEND';",
    heldBy: {
      why: 'Somebody has to be making the name by the Amplify CLI at the moment when a clone onto it fails',
      file: 'lambda/remove-step.test.ts',
      test: 'are left where there is a root stack alone: somebody may be making the environment with the Amplify CLI',
    },
  },
  {
    name: 'A deletion that is said to be completed is believed once the app does not list the environment',
    file: 'removal.ts',
    before: 'return confirm(job, stillListed(job), ongoing);',
    after: "return 'GONE';",
    heldBy: {
      why: 'The deletion has to leave the environment although it is said to be completed',
      file: 'lambda/remove-step.test.ts',
      test: 'is waited for until the list would have to agree, and then is a failure',
    },
  },
  {
    name: 'A deletion that was taken is not called again once the service has forgotten its job',
    file: 'removal.ts',
    before: 'if (id === undefined && now <= calledAt + JOBS_SHOWN) return',
    after: 'if (id !== undefined || now <= calledAt + JOBS_SHOWN) return',
    heldBy: {
      why: 'The service has to forget the job while its deletion is waited for, and somebody has to make the name anew',
      file: 'lambda/remove-step.test.ts',
      test: '%s is not called again: what the app lists long after it may be of somebody else',
    },
  },
  {
    name: 'A deletion whose answer was lost long ago may have been accepted',
    file: 'removal.ts',
    before: 'if (id === undefined && now <= calledAt + JOBS_SHOWN) return',
    after: 'if (id === undefined) return',
    heldBy: {
      why: 'The service has to forget the job between two Deletes, and another stack has to clone to the name',
      file: 'lambda/remove-step.test.ts',
      test: 'and whose answer was lost is called again only while the service would show the job',
    },
  },
  {
    name: 'An environment that another resource of the stack has adopted passes on to it',
    file: 'delete.ts',
    before: 'return passOn(parsedId.holds.requestId, item, context);',
    after: 'return item;',
    heldBy: {
      why: 'One resource has to adopt what another one of its stack cloned, and the other has to go first',
      file: 'lambda/delete.test.ts',
      test: 'passes it on, deletes nothing, and is done',
    },
  },
  {
    name: 'An environment passes on to resources of the same stack only',
    file: 'adoptions.ts',
    before: 'if (resource === item.resource || stackOf(resource) !== stackOf(item.resource)) continue;',
    after: 'if (resource === item.resource) continue;',
    heldBy: {
      why: 'Two stacks would have to share a provider, and so a ledger: in the histories each has its own',
      file: 'lambda/adoptions.test.ts',
      test: 'to a resource of another stack',
    },
  },
  {
    name: 'A clone that is kept without its outputs is removed where its request was cancelled',
    file: 'ledger-entries.ts',
    before: "return stage.at === 'created' ? removing(",
    after: "return stage.at === 'created' && !isKept(stage) ? removing(",
    heldBy: {
      why: 'A Create has to be cancelled between the moment when it keeps its clone and its answer',
      file: 'lambda/cancelled-request.test.ts',
      test: 'a clone that was kept is removed: nobody was told of it',
    },
  },

  // ---- Jobs, and answers that were lost
  {
    name: 'A lost answer to CloneBackend is searched for',
    file: 'clone-job.ts',
    before: 'if (own !== undefined) return { id: own.id, filedUnder: environmentName };',
    after: '',
  },
  {
    name: 'A clone whose answer was lost is given up only when it would have to show',
    file: 'clone-job.ts',
    before: "if (!isSettledByService(calledAt + LONGEST_CALL, context.clock.now())) return 'NOT_YET';",
    after: '',
  },
  {
    name: 'A clone whose answer was lost may be filed under its source',
    file: 'clone-job.ts',
    before: "return ofSource.length > 0 ? { id: undefined, filedUnder: sourceName } : 'NONE';",
    after: "return ofSource.length > 0 && false ? { id: undefined, filedUnder: sourceName } : 'NONE';",
  },
  {
    name: 'Only a job that began with the call is taken for the one that was called',
    file: 'clone-job.ts',
    before: 'createdAt >= earliest && createdAt <= latest',
    after: 'createdAt > 0',
  },
  {
    name: 'Of several clones onto the target the one that did not succeed is taken for ours',
    file: 'clone-job.ts',
    before: "const own = onto.find((job) => job.status === 'FAILED') ?? onto[0];",
    after: "const own = onto.find((job) => job.status === 'COMPLETED') ?? onto[0];",
    heldBy: {
      why: 'The answer has to be lost while somebody else clones onto the name in the same minute, and one of both fails',
      file: 'lambda/clone-job.test.ts',
      test: 'is the one of two onto the target that failed: somebody else’s must not be taken for ours',
    },
  },
  {
    name: 'A clone is filed where the answer says',
    file: 'create.ts',
    before: 'const { jobId: id, filedUnder } = answer;',
    after: 'const { id, filedUnder } = { id: answer.jobId, filedUnder: targetName };',
  },

  // ---- Create
  {
    name: 'CloneBackend is called by the one that wrote that it would',
    file: 'create.ts',
    before: "if (written?.stage.at !== 'cloning' || written.stage !== calling) return item;",
    after: "if (written?.stage.at !== 'cloning') return item;",
  },
  {
    name: 'An environment that is there is not cloned onto',
    file: 'create.ts',
    before:
      "if (names.has(targetName))\n    return properties.existing === 'ADOPT' ? { kind: 'TO_BE_ADOPTED' } : failed(targetExists(properties));",
    after: '',
  },
  {
    name: 'What is adopted is never deleted',
    file: 'ledger-entries.ts',
    before: "    case 'examining':\n    case 'adopted':\n",
    after:
      "    case 'adopted':\n      return removing({ calledAt: 0, job: { filedUnder: 'source' } }, { ended: 'COMPLETED' });\n    case 'examining':\n",
  },
  {
    name: 'A source that is not there is waited for until reads have settled',
    file: 'create.ts',
    before: 'const isSure = isSettled(entry.begunAt, context.clock.now());',
    after: 'const isSure = true;',
    heldBy: {
      why: 'A deployment that fails without need breaks no guarantee',
      file: 'lambda/create.test.ts',
      test: 'is not believed for 65 s: reads may show what was so before',
    },
  },
  {
    name: 'Somebody else’s clone that still runs is not adopted yet',
    file: 'create.ts',
    before: '(operation === CLONE || operation === REMOVAL)',
    after: 'operation === REMOVAL',
    heldBy: {
      why: 'Somebody else’s clone has to fail after it was adopted, within the deployment',
      file: 'lambda/create.test.ts',
      test: 'is waited for while %s runs, up to the timeout',
    },
  },
  {
    name: 'What is being deleted is not adopted',
    file: 'create.ts',
    before: '(operation === CLONE || operation === REMOVAL)',
    after: 'operation === CLONE',
    heldBy: {
      why: 'Somebody has to delete the environment in the minutes before it is adopted',
      file: 'lambda/create.test.ts',
      test: 'is waited for while %s runs, up to the timeout',
    },
  },
  {
    name: 'A clone that the service completed is not reported before the app lists it',
    file: 'create.ts',
    before: "if (names !== 'APP_NOT_FOUND' && names.has(clone.environmentName)) {\n        const stackId",
    after: "if (names !== 'APP_NOT_FOUND') {\n        const stackId",
  },
  {
    name: 'A clone that runs is not reported',
    file: 'create.ts',
    before: "    case 'RUNNING':\n      break;\n    case 'COMPLETED': {",
    after: "    case 'RUNNING':\n    case 'COMPLETED': {",
  },
  {
    name: 'A clone that failed removes what it left before it says why',
    file: 'create.ts',
    before: "stage.at === 'cloning' ? removing(found, { ended: 'FAILED', failure }) : stage,",
    after: "stage.at === 'cloning' ? { at: 'nothing', failure } : stage,",
  },
  {
    name: 'A failure carries the service’s words',
    file: 'create.ts',
    before: 'failureOf(cloneFailed(clone, job, cause, context.role))',
    after: 'failureOf(cloneFailed(clone, { ...job, error: undefined }, cause, context.role))',
  },
  {
    name: 'A clone that takes too long fails before CloudFormation gives up',
    file: 'create.ts',
    before: 'return context.clock.now() > entry.begunAt + request.properties.timeoutMilliseconds;',
    after: 'return context.clock.now() < 0 && entry.begunAt > request.properties.timeoutMilliseconds;',
  },
  {
    name: 'A call that was surely not taken is made again',
    file: 'create.ts',
    before: 'await transition(called, notTaken(calledAt));',
    after: '',
    heldBy: {
      why: 'Without it the call is searched for, and made again a minute later',
      file: 'lambda/create.test.ts',
      test: 'is done again until the timeout where the service did not take it: %s',
    },
  },

  {
    name: 'While Amplify Studio is switched off, nothing is known of an environment that is not listed',
    file: 'create.ts',
    before: "const isUnlisted = names !== 'APP_NOT_FOUND' && ",
    after: 'const isUnlisted = ',
    heldBy: {
      why: 'Amplify Studio has to be switched off from CloneBackend, whose answer is lost, to the timeout',
      file: 'lambda/create.test.ts',
      test: 'of a lost answer is waited for until the timeout while Amplify Studio is switched off',
    },
  },

  // ---- Cancelled requests
  {
    name: 'A request that was cancelled before it came begins nothing',
    file: 'create.ts',
    before: 'return isCancelled(entries, entry.replaces, now) ? NOTHING : to(now);',
    after: 'return isCancelled({}, entry.replaces, now) ? NOTHING : to(now);',
    heldBy: {
      why: 'Without it, a rollback begins clones and deletes them again, which breaks no guarantee',
      file: 'lambda/create.test.ts',
      test: 'begins nothing when it %s',
    },
  },
  {
    name: 'A cancelled Create that has not come yet is waited for',
    file: 'cancelled-request.ts',
    before: 'if (context.clock.now() <= begunAt + LATEST_DELIVERY) return false;',
    after: '',
  },
  {
    name: 'A Delete with an id that CloudFormation made up removes what the cancelled Create began',
    file: 'cancelled-request.ts',
    before: 'if (cancellation === undefined) return true;',
    after: 'if (cancellation === undefined || cancellation.replaces === undefined) return true;',
  },
  {
    name: 'An update back removes what the cancelled update began',
    file: 'update-in-place.ts',
    before: 'return oldProperties === undefined || isNamed(holds, oldProperties)',
    after: 'return oldProperties === undefined || true',
  },
  {
    name: 'What CloudFormation knows by its id is not removed',
    file: 'cancelled-request.ts',
    before: 'return last?.entry.confirmed === false ? last.id : undefined;',
    after: 'return last?.id;',
  },
  {
    name: 'What a request replaces is not what another one replaces',
    file: 'cancelled-request.ts',
    before: "entry.kind === 'clone' && entry.replaces === replaces ?",
    after: "entry.kind === 'clone' ?",
    heldBy: {
      why: 'Two requests of one resource have to be cancelled, of which one replaces something',
      file: 'lambda/delete.test.ts',
      test: 'does not touch an Update that replaces something',
    },
  },
  {
    name: 'Only the last Create can be the cancelled one',
    file: 'cancelled-request.ts',
    before: '.sort((one, other) => other.entry.begunAt - one.entry.begunAt);',
    after: '.sort((one, other) => one.entry.begunAt - other.entry.begunAt);',
  },
  {
    name: 'What a cancelled request has adopted does not pass on to its resource',
    file: 'cancelled-request.ts',
    before: 'withStage(marked, cancelled, cancelledToRemoving);',
    after: "withStage(marked, cancelled, (stage) => (stage.at === 'adopted' ? stage : cancelledToRemoving(stage)));",
    heldBy: {
      why: 'An adoption has to be cancelled, and the resource that created the environment has to go before the adopter',
      file: 'lambda/cancelled-request.test.ts',
      test: 'an environment that it has adopted stays, and does not pass on to its resource any more',
    },
  },

  // ---- Updates
  {
    name: 'An update back that has not come to its end leaves what it was to go back to, whichever id it has',
    file: 'ledger-entries.ts',
    before: 'if (entry.returned !== undefined && !isBack) {',
    after: 'if (entry.returned !== undefined && !isBack && Date.now() < 0) {',
    heldBy: {
      why: 'An update back to a retained environment has to fail, and its rollback too',
      file: 'lambda/ledger-entries.test.ts',
      test: 'is %s where %s',
    },
  },
  {
    name: 'A Delete with the id that is kept no more deletes nothing',
    file: 'ledger-entries.ts',
    before: "return isBack && entry.returned?.from !== entry.replaces ? 'FORMER' : 'CURRENT';",
    after: "return 'CURRENT';",
    heldBy: {
      why: 'CloudFormation has to send the Delete of a cleanup with an id from before an update back',
      file: 'lambda/delete.test.ts',
      test: 'a Delete with the id from before deletes nothing: the resource holds it under another id',
    },
  },
  {
    name: 'What an update was to go back to stays when it does not come to its end',
    file: 'delete.ts',
    before: "if (kind === 'TO_BE_RETURNED_TO') return withoutClaim(entries, requestId);",
    after: '',
    heldBy: {
      why: 'An update back has to fail before its answer, and to be cleaned up with the id that it was to give',
      file: 'lambda/delete.test.ts',
      test: 'a Delete with the id that it was to give retains the environment where the update did not end',
    },
  },
  {
    name: 'What was returned to and is left again is retained',
    file: 'ledger-entries.ts',
    before: 'const released = wasReturnedTo || isRepeated ? withoutClaim(entries, from) : entries;',
    after: 'const released = entries;',
  },
  {
    name: 'An update back goes back only where the environment is still there',
    file: 'clone-lifecycle.ts',
    before: "if (names === 'APP_NOT_FOUND' || names.has(replaced.environmentName)) return true;",
    after: 'return true;',
    heldBy: {
      why: 'Somebody has to delete a retained environment by hand before the update back to it',
      file: 'lambda/clone-lifecycle.test.ts',
      test: 'is for a clone of its own where it is not listed any more',
    },
  },
  {
    name: 'A Delete that comes before its request leaves word for it',
    file: 'delete.ts',
    before: '  return { ...entries, [requestId]: entry };',
    after: '  return entry === undefined ? entries : { ...entries };',
  },

  // ---- The ledger, and time
  {
    name: 'An item is written only over the version that was read',
    file: 'ledger-table.ts',
    before: "...condition })) !== 'CONDITION_FAILED';",
    after: '...condition })) !== undefined;',
  },
  {
    name: 'An item of what is still there does not expire',
    file: 'ledger.ts',
    before: 'Object.values(entries).every(isOver)',
    after: 'Object.values(entries).some(isOver)',
    heldBy: {
      why: 'A history lasts for hours, and an item expires after days',
      file: 'lambda/ledger.test.ts',
      test: 'on which there %s never expires',
    },
  },
  {
    name: 'Reads lag behind by up to a minute',
    file: 'service-timing.ts',
    before: 'export const READ_LAG = 65 * SECOND;',
    after: 'export const READ_LAG = 0;',
  },
  {
    name: 'Clocks differ by up to half a minute',
    file: 'service-timing.ts',
    before: 'export const CLOCK_SKEW = 31 * SECOND;',
    after: 'export const CLOCK_SKEW = 0;',
  },
  {
    name: 'A cancelled request can come four minutes late',
    file: 'service-timing.ts',
    before: 'export const LATEST_DELIVERY = 4 * MINUTE;',
    after: 'export const LATEST_DELIVERY = 5 * SECOND;',
  },
  {
    name: 'The last answer is given within CloudFormation’s hour',
    file: 'service-timing.ts',
    before: 'export const LAST_ANSWER = 54 * MINUTE;',
    after: 'export const LAST_ANSWER = 70 * MINUTE;',
  },
  {
    name: 'A refusal within the first minute of a role means little',
    file: 'service-timing.ts',
    before: 'export const NEW_PERMISSIONS = MINUTE;',
    after: 'export const NEW_PERMISSIONS = 0;',
    heldBy: {
      why: 'A deployment that fails without need breaks no guarantee',
      file: 'lambda/clone-lifecycle.test.ts',
      test: '%s is made again, every five seconds, for the minute that a new policy takes',
    },
  },
  {
    name: 'A call may have been taken long after it was made',
    file: 'service-timing.ts',
    before: 'export const LONGEST_CALL = 15 * SECOND;',
    after: 'export const LONGEST_CALL = 0;',
  },
  {
    name: 'A call of the service that was throttled is made again',
    file: 'clone-lifecycle.ts',
    before: "        case 'THROTTLED': {",
    after: "        case 'THROTTLED': {\n          throw error;",
  },
];
