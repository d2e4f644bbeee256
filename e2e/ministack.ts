import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessGroups } from './process-groups';
import { isolatedEnvironment, REGION } from './workplace';

const LONGEST_START = 60_000;

export interface MiniStack {
  readonly url: string;
  /** The output so far. */
  log(): string;
}

/** Starts MiniStack on a free port of the loopback interface, and waits until it answers. */
export async function startMiniStack(python: string, folder: string, processes: ProcessGroups): Promise<MiniStack> {
  await mkdir(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = isolatedEnvironment(folder, {
    BIND_HOST: '127.0.0.1',
    // Also the host of the response URL of custom resources.
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: REGION,
    GATEWAY_PORT: String(port),
    STATE_DIR: path.join(folder, 'state'),
    S3_DATA_DIR: path.join(folder, 's3'),
    LAMBDA_EXECUTOR: 'local',
    // With Docker, it would search all containers on this machine for those of an earlier run.
    DOCKER_HOST: `unix://${path.join(folder, 'no-docker.sock')}`,
  });
  const server = processes.start({ command: python, args: ['-m', 'ministack'], cwd: folder, env });
  let over = false;
  void server.finished.then(() => {
    over = true;
  });
  const deadline = Date.now() + LONGEST_START;
  while (!(await answers(`${url}/_ministack/health`))) {
    if (over || Date.now() > deadline) throw new Error(`MiniStack did not start:\n${server.output()}`);
    await sleep(200);
  }
  return { url, log: server.output };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('a TCP server has no port'));
        else resolve(address.port);
      });
    });
  });
}
