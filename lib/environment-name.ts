import { createHash } from 'node:crypto';
import { Token } from 'aws-cdk-lib';
import { isNewEnvironmentName } from './naming-rules';

const LETTERS = 26;
const HASH_LENGTH = 7;
/** Stands between the readable letters and the hash, and in place of readable letters that are not there. */
const MARK = 'x';
const READABLE_LENGTH = 2;
const HASHED_NAME = new RegExp(`^[a-z]{${READABLE_LENGTH}}${MARK}[a-z]{${HASH_LENGTH}}$`);

/**
 * Names for backend environments. Amplify accepts 2 to 10 lowercase letters.
 */
export class EnvironmentName {
  /**
   * The environment's name for a git branch: the same every time and on every machine, and different for different
   * branches.
   *
   * A branch whose name is valid as it is keeps it: `main` is `main`. Any other name becomes two of its letters, an
   * `x`, and seven letters from the SHA-256 of the whole name: `feature/JIRA-123-new-thing` becomes `jix` and
   * seven more. The two are the first letters after the last `/`. So `Main` is not `main`, and `a-b` is not `ab`.
   *
   * Names of the two kinds cannot meet: a branch whose name looks like one with a hash (ten letters, the third of them an
   * `x`) gets one. Two names with a hash are the same with a probability of at most 1 in 26^7 = 8,031,810,176. Among
   * 10,000 branches there are 10,000 * 9,999 / 2 = 49,995,000 pairs, so, if all of them needed a hash and began with the
   * same two letters, 49,995,000 / 8,031,810,176 = 0.0062 clashes are to be expected: 0.62, less than one, in a hundred
   * such apps. It is fewer by as much as first letters differ.
   *
   * The name is taken in Unicode's normalization form C, and hashed as UTF-8. Git itself tells two forms of one text apart, but
   * which one a machine reports depends on its file system (`core.precomposeUnicode`), and nobody tells them apart by
   * eye. Nothing else is changed: no white space is trimmed, and `refs/heads/main` is not `main`.
   *
   * Throws an error if the name is empty or a token: it has to be known at synthesis.
   *
   * @param branch the name of the branch
   */
  public static fromBranch(branch: string): string {
    if (branch === '') {
      throw new Error('EnvironmentName.fromBranch: the name of the branch is empty');
    }
    if (Token.isUnresolved(branch)) {
      throw new Error(
        'EnvironmentName.fromBranch: the name of the branch is a token, but has to be known at synthesis',
      );
    }
    const name = branch.normalize('NFC');
    const keepsItsName = isNewEnvironmentName(name) && !HASHED_NAME.test(name);
    return keepsItsName ? name : `${readableLetters(name)}${MARK}${hashLetters(name)}`;
  }

  /**
   * Whether Amplify accepts the name for a new environment: 2 to 10 lowercase letters.
   *
   * @param name the name to judge; a token is not a valid name
   */
  public static isValid(name: string): boolean {
    return isNewEnvironmentName(name);
  }

  private constructor() {}
}

function readableLetters(branch: string): string {
  const end = branch.slice(branch.lastIndexOf('/') + 1);
  // The whole name follows the end, for an end with too few letters, as in `release/2`.
  const letters = `${end}${branch}`.replace(/[^A-Za-z]/g, '').toLowerCase();
  return letters.slice(0, READABLE_LENGTH).padEnd(READABLE_LENGTH, MARK);
}

function hashLetters(branch: string): string {
  const digest = createHash('sha256').update(branch, 'utf8').digest();
  // 64 bits for 33 bits' worth of letters: no letter is more likely than another by more than 1 in 2^31.
  let rest = digest.readBigUInt64BE();
  let letters = '';
  while (letters.length < HASH_LENGTH) {
    letters += String.fromCharCode('a'.charCodeAt(0) + Number(rest % BigInt(LETTERS)));
    rest /= BigInt(LETTERS);
  }
  return letters;
}
