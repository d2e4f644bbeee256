import { withoutRepetitions } from '../../../simulator/histories/repetitions';

/** In full, and their beginning. */
const IDS = ['3bbe2a2a-974d-46c5-a994-000000000001', '6a1c7e0e'];

function deletions(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const time = `00:0${index}:00`;
    return [`${time}  the deletion ${IDS[index % 2]} is accepted`, `${time}  it FAILED`];
  }).flat();
}

describe('a story', () => {
  it('without repetitions is unchanged', () => {
    const story = ['00:00:00  a', '00:00:01  b', '00:00:02  a'];
    expect(withoutRepetitions(story)).toEqual(story);
  });

  it('has a repeated passage once, whatever its times and IDs are', () => {
    expect(withoutRepetitions(['begin', ...deletions(4), 'end'])).toEqual([
      'begin',
      ...deletions(1),
      '  ... the same 2 lines, 3 times more',
      'end',
    ]);
  });

  it('has a repeated line once', () => {
    expect(withoutRepetitions(['00:00:00  a', '00:00:01  a', '00:00:02  a'])).toEqual([
      '00:00:00  a',
      '  ... the same, 2 times more',
    ]);
  });

  it('keeps a line that occurs twice, since that is as short', () => {
    expect(withoutRepetitions(['00:00:00  a', '00:00:01  a'])).toEqual(['00:00:00  a', '00:00:01  a']);
  });

  it('does not count a passage that is cut off at the end', () => {
    expect(withoutRepetitions(deletions(3).slice(0, -1))).toEqual([
      ...deletions(1),
      '  ... the same 2 lines, once more',
      '00:02:00  the deletion 3bbe2a2a-974d-46c5-a994-000000000001 is accepted',
    ]);
  });
});
