import { createHash } from 'node:crypto';
import { Token } from 'aws-cdk-lib';
import { isNewEnvironmentName } from './naming-rules';

const LETTERS = 26;
const HASH_LENGTH = 7;
/** Separates the readable letters from the hash, and pads the readable letters if a branch has too few. */
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
   * A branch whose name is valid keeps it: `main` is `main`. Any other name becomes two of its letters, an `x`, and seven
   * letters from the SHA-256 of the whole name: `feature/JIRA-123-new-thing` becomes `jix` and seven more. The two letters are
   * the first ones after the last `/`. So `Main` is not `main`, and `a-b` is not `ab`.
   *
   * A kept name and a hashed one never collide: a branch whose name looks like a hashed one (ten letters, the third of them an
   * `x`) is hashed, too. Two hashed names collide with a probability of at most 1 in 26^7 = 8,031,810,176. 10,000 branches form
   * 10,000 * 9,999 / 2 = 49,995,000 pairs. If all of them are hashed and begin with the same two letters, the expected number of
   * collisions is 49,995,000 / 8,031,810,176 = 0.0062. Different first letters make it smaller.
   *
   * The name is normalized to Unicode's form C, and hashed as UTF-8. Git distinguishes the forms of one text, but which form a
   * machine reports depends on its file system (`core.precomposeUnicode`), and they look the same. Nothing else is changed:
   * white space is kept, and `refs/heads/main` is not `main`.
   *
   * Throws an error if the name is empty or a token: the name has to be known at synthesis.
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
   * @param name the name to check; a token is not a valid name
   */
  public static isValid(name: string): boolean {
    return isNewEnvironmentName(name);
  }

  private constructor() {}
}

function readableLetters(branch: string): string {
  const end = branch.slice(branch.lastIndexOf('/') + 1);
  // The whole name follows, in case the last part has too few letters, as in `release/2`.
  const letters = `${end}${branch}`.replace(/[^A-Za-z]/g, '').toLowerCase();
  return letters.slice(0, READABLE_LENGTH).padEnd(READABLE_LENGTH, MARK);
}

function hashLetters(branch: string): string {
  const digest = createHash('sha256').update(branch, 'utf8').digest();
  // 64 bits for letters that need 33: no letter is more likely than another by more than 1 in 2^31.
  let rest = digest.readBigUInt64BE();
  let letters = '';
  while (letters.length < HASH_LENGTH) {
    letters += String.fromCharCode('a'.charCodeAt(0) + Number(rest % BigInt(LETTERS)));
    rest /= BigInt(LETTERS);
  }
  return letters;
}
