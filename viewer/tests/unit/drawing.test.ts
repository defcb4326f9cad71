import { test } from 'node:test';
import assert from 'node:assert/strict';
import { addCorner, begin, clear, corners, dropCorner, finish, isDrawing } from '../../src/state/profile';

test('a line has at least two corners', () => {
  begin();
  assert.equal(isDrawing.value, true);
  addCorner([11, 48]);
  assert.equal(finish(), false);
  addCorner([11, 48.1]);
  addCorner([11, 48.2]);
  dropCorner();
  assert.equal(finish(), true);
  assert.equal(isDrawing.value, false);
  assert.deepEqual(corners.value, [[11, 48], [11, 48.1]]);
  begin();
  assert.deepEqual(corners.value, []);
  clear();
  assert.equal(isDrawing.value, false);
});
