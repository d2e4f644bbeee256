import { jobsOf, listings, type Observations } from './timeline';

/*
 * Reports are public. Everything that identifies an account, or something in it, becomes a placeholder. The same text always
 * becomes the same placeholder, so that the relations remain visible.
 */

export type Redact = (text: string) => string;

/** Texts that are identifiers in any context. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b/g, 'EMAIL'],
  [/\b(AKIA|ASIA|AROA|AIDA|ANPA|AGPA)[A-Z0-9]{12,}\b/g, 'ACCESS-KEY'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, 'UUID'],
  [/\b[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+/g, 'POOL'],
  [/(?<=:(assumed-role|role|user|group|federated-user)\/)[^\s"',;]+/g, 'PRINCIPAL'],
  [/(?<=\brole )[\w+=,.@-]+/g, 'ROLE'],
  [/\bamplify-[\w-]+/g, 'AMPLIFY-RESOURCE'],
  [/\b\d{12}\b/g, 'ACCOUNT'],
  [/\bd[a-z0-9]{12,19}\b/g, 'APP'],
  [/\bda2-[a-z0-9]+\b/g, 'API-KEY'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, 'ADDRESS'],
  [/(?<=https?:\/\/)[^\s"',;/]+/g, 'HOST'],
];

/** Words of the report itself. They are kept, even if an environment has such a name. */
const OWN_WORDS = new Set(['target', 'source', 'environment', 'clone', 'job', 'app']);

export function redaction(seen: Observations): Redact {
  const known = new Map<string, string>([
    [seen.appId, 'APP'],
    [seen.source, 'SOURCE'],
    [seen.names.watched, 'CLONE'],
    [seen.names.cutShort, 'SECOND-CLONE'],
    [seen.names.byNewRole, 'CLONE-BY-NEW-ROLE'],
    [seen.names.absent, 'ABSENT'],
    [seen.names.unsourced, 'UNSOURCED'],
    [seen.names.malformed, 'Malformed-1'],
  ]);
  if (seen.studioOffAppId !== undefined) known.set(seen.studioOffAppId, 'APP-WITHOUT-STUDIO');
  const others = new Set(listings(seen).flatMap(({ names }) => names.filter((name) => typeof name === 'string')));
  for (const [index, name] of [...others].filter((each) => !known.has(each)).entries()) {
    known.set(name, `ENVIRONMENT-${index + 1}`);
  }
  for (const [index, { jobId }] of jobsOf(seen).entries()) known.set(jobId, `JOB-${index + 1}`);
  // A longer name may contain a shorter one.
  const names = [...known.keys()]
    .filter((name) => !OWN_WORDS.has(name))
    .sort((one, other) => other.length - one.length);
  const any = new RegExp(`(?<![A-Za-z0-9])(${names.map(escaped).join('|')})(?![A-Za-z0-9])`, 'g');
  return (text) =>
    PATTERNS.reduce(
      (redacted, [pattern, placeholder]) => redacted.replace(pattern, placeholder),
      text.replace(any, (name) => known.get(name) ?? name),
    );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
