import * as vm from 'node:vm';

/**
 * The intrinsics of the realm that Lambda code runs in. Jest runs tests in another realm, whose `Error` and `Object` are not
 * those of Node's built-in modules. The code under test must not be affected by that.
 */
export const HostDate: DateConstructor = vm.runInThisContext('Date');
export const HostError: ErrorConstructor = vm.runInThisContext('Error');
export const HostJson: JSON = vm.runInThisContext('JSON');
export const HostMath: Math = vm.runInThisContext('Math');
export const hostGlobal: object = vm.runInThisContext('globalThis');
