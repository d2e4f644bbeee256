import { enact } from '../../simulator/histories/enact';
import { FOUND_HISTORIES } from './found-histories';
import { type Synthesized, synthesizeOurs } from './synthesized';

let ours: Synthesized;
beforeAll(async () => {
  ours = await synthesizeOurs();
});
afterAll(() => ours.dispose());

test.each(FOUND_HISTORIES)('%s', async (_sentence, found) => {
  const { violations } = await enact(found, ours.assembly);
  expect(violations).toEqual([]);
});
