/*
 * Runs a handler as Lambda does, in a process that has loaded nothing else: a Create, then POLLS polls of its clone. It is
 * built without other modules of this project, and prints one line of JSON.
 *
 *     node handler-probe.js HANDLER TARGET_NAME POLLS
 */

type EntryPoint = (event: object, context: object) => Promise<object>;

const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const [, , handlerFile = '', target = '', polls = '0'] = process.argv;
const handler: { readonly onEvent: EntryPoint; readonly isComplete: EntryPoint } = require(handlerFile);

const request = {
  RequestType: 'Create',
  ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:framework',
  ResponseURL: 'http://127.0.0.1/',
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Bench/00000000-0000-4000-8000-000000000000',
  RequestId: '00000000-0000-4000-8000-000000000001',
  LogicalResourceId: 'Clone',
  ResourceType: 'Custom::ClonedBackendEnvironment',
  ResourceProperties: {
    ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:framework',
    ServiceTimeout: '3600',
    AppId: 'd1a2b3c4d5e6f7',
    SourceEnvironmentName: 'dev',
    TargetEnvironmentName: target,
    TimeoutSeconds: '2700',
  },
};
const context = {
  functionName: 'bench',
  awsRequestId: '00000000-0000-4000-8000-000000000002',
  getRemainingTimeInMillis: () => 120_000,
};

function elapsed(): { readonly milliseconds: number; readonly cpuMilliseconds: number } {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { milliseconds: performance.now() - startedAt, cpuMilliseconds: (user + system) / 1000 };
}

async function main(): Promise<void> {
  const assigned = await handler.onEvent(request, context);
  const start = elapsed();
  let firstPoll = start;

  for (let poll = 0; poll < Number(polls); poll += 1) {
    await handler.isComplete({ ...request, ...assigned }, context);
    if (poll === 0) firstPoll = elapsed();
  }
  // Kilobytes.
  const peakResidentBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`\n${JSON.stringify({ start, firstPoll, peakResidentBytes })}\n`);
  // The connections are kept alive, as in Lambda.
  process.exit();
}

void main();
