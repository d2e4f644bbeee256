import { go } from './package-go';
import { java } from './package-java';
import type { Language } from './package-language';
import { python } from './package-python';

/**
 * The languages that have a package, besides JavaScript. The settings for .NET are in package.json, too, but nobody has built
 * that package yet.
 */
export const LANGUAGES: readonly Language[] = [python, java, go];
