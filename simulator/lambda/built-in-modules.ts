import assert from 'node:assert';
import asyncHooks from 'node:async_hooks';
import buffer from 'node:buffer';
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import diagnosticsChannel from 'node:diagnostics_channel';
import dns from 'node:dns';
import events from 'node:events';
import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import querystring from 'node:querystring';
import stream from 'node:stream';
import streamPromises from 'node:stream/promises';
import streamWeb from 'node:stream/web';
import stringDecoder from 'node:string_decoder';
import tls from 'node:tls';
import url from 'node:url';
import util from 'node:util';
import vm from 'node:vm';
import zlib from 'node:zlib';
import type { Random } from '../random';
import { HostError } from './host-realm';
import { uuid } from './uuid';

/** Modules without access to time, randomness, network or files. Code gets Node's own. */
const PURE: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['assert', assert],
  ['async_hooks', asyncHooks],
  ['buffer', buffer],
  ['diagnostics_channel', diagnosticsChannel],
  ['events', events],
  ['os', Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(os), ...machine() })],
  ['path', path],
  ['path/posix', path.posix],
  ['querystring', querystring],
  ['stream', stream],
  ['stream/promises', streamPromises],
  ['stream/web', streamWeb],
  ['string_decoder', stringDecoder],
  ['url', Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(url), parse: { value: parseUrl() } })],
  ['util', util],
  ['util/types', util.types],
  ['zlib', zlib],
]);

/** Modules that would bypass the simulator. They can be loaded, since SDKs do so, but any use throws an error. */
const FENCED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['child_process', fenced('child_process', childProcess)],
  ['dns', fenced('dns', dns)],
  ['http2', fenced('http2', http2)],
  ['net', fenced('net', net)],
  ['tls', fenced('tls', tls)],
]);

const FILES = withoutFiles(fs);
const FILE_PROMISES = withoutFiles(fs.promises, 'promises');

/** The module of that name (without `node:`), if it does not depend on the execution environment. */
export function builtInModule(name: string): unknown {
  if (name === 'fs') return FILES;
  if (name === 'fs/promises') return FILE_PROMISES;
  return PURE.get(name) ?? FENCED.get(name);
}

/** Node's `crypto` with the simulator's randomness. */
export function cryptoModule(random: Random): object {
  const fill = <T extends NodeJS.ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = random.integer(0, 255);
    return view;
  };
  const drawn = {
    randomUUID: () => uuid(random),
    randomBytes: (size: number) => fill(Buffer.alloc(size)),
    randomFillSync: fill,
    getRandomValues: fill,
    randomInt: (first: number, second?: number) =>
      second === undefined ? random.integer(0, first - 1) : random.integer(first, second - 1),
  };
  return Object.create(CRYPTO, Object.getOwnPropertyDescriptors(drawn));
}

/** Copies descriptors, not values, since a read of some of these properties is deprecated. */
const CRYPTO: object = Object.defineProperties({}, Object.getOwnPropertyDescriptors(crypto));

/** The same machine in each run, so that requests are the same. */
function machine(): PropertyDescriptorMap {
  return Object.getOwnPropertyDescriptors({
    platform: () => 'linux',
    release: () => '5.10.0',
    hostname: () => 'localhost',
    homedir: () => '/home/lambda',
  });
}

function fenced(name: string, original: object): object {
  return mapFunctions(original, (member) => () => {
    throw new HostError(`${name}.${member} would leave the simulator; Lambda code can use http, https and fetch`);
  });
}

/** An empty file system. The SDK looks for shared configuration files, and works without them. */
function withoutFiles(original: object, style: 'promises' | 'mixed' = 'mixed'): object {
  return mapFunctions(original, (member) => {
    if (member === 'existsSync') return () => false;
    if (style === 'promises') return async (file: unknown) => Promise.reject(noSuchFile(member, file));
    if (member.endsWith('Sync')) {
      return (file: unknown) => {
        throw noSuchFile(member, file);
      };
    }
    return (...parameters: unknown[]) => {
      const callback = parameters.at(-1);
      if (typeof callback === 'function') process.nextTick(() => callback(noSuchFile(member, parameters[0])));
    };
  });
}

function mapFunctions(original: object, replace: (name: string) => (...parameters: unknown[]) => unknown): object {
  const replaced: Record<string, unknown> = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    if (name === 'default') continue;
    if (name === 'promises') replaced[name] = withoutFiles(fs.promises, 'promises');
    else if (typeof descriptor.value === 'function') replaced[name] = replace(name);
    else if (descriptor.value !== undefined) replaced[name] = descriptor.value;
  }
  return replaced;
}

function noSuchFile(call: string, file: unknown): Error {
  const error = new HostError(`ENOENT: no such file or directory, ${call} '${String(file)}'`);
  return Object.assign(error, { code: 'ENOENT', errno: -2, syscall: call, path: String(file) });
}

/**
 * `url.parse` without its deprecation warning. Node.js prints it once per process, except for calls by a dependency, and the
 * caller here is one: CDK's provider framework (aws-cdk 37005).
 */
function parseUrl(): typeof url.parse {
  const source = '(parse) => (...parameters) => parse(...parameters)';
  const asDependency: (parse: typeof url.parse) => typeof url.parse = new vm.Script(source, {
    filename: '/var/task/node_modules/url.js',
  }).runInThisContext();
  return asDependency(url.parse);
}
