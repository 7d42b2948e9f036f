// The npm client of Qdrant, as its users use it, against the server at the address given.
import assert from 'node:assert/strict';
import { QdrantClient } from '@qdrant/js-client-rest';

const client = new QdrantClient({ url: process.argv[2] });
const uuid = '550e8400-e29b-41d4-a716-446655440000';
const ids = (points) => points.map((point) => point.id);

// Both of them complain on the console where the server's version is not one they know.
const complaints = [];
console.warn = (...words) => complaints.push(words.join(' '));

async function refused(status, words, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.status, status, error.message);
    assert.match(error.data.status.error, words);
    return true;
  });
}

// Collections.
assert.deepEqual((await client.getCollections()).collections, []);
assert.equal(await client.createCollection('cities', { vectors: { size: 4, distance: 'Dot' } }), true);
assert.equal((await client.collectionExists('cities')).exists, true);
assert.equal((await client.collectionExists('rivers')).exists, false);
assert.deepEqual((await client.getCollections()).collections, [{ name: 'cities' }]);
await refused(409, /already exists/, client.createCollection('cities', { vectors: { size: 4, distance: 'Dot' } }));

// Points, one by one and as columns.
const written = await client.upsert('cities', {
  wait: true,
  points: [
    { id: 1, vector: [0.05, 0.61, 0.76, 0.74], payload: { city: 'Berlin', people: 3645000, at: { lat: 52.5 } } },
    { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: ['Köln', 'London', '北京'] } },
    { id: uuid, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: 'Moscow' } },
  ],
});
assert.equal(written.status, 'completed');
const columns = { ids: [4, 5, 6], vectors: [[0.18, 0.01, 0.85, 0.8], [0.24, 0.18, 0.22, 0.44], [0.35, 0.08, 0.11, 0.44]], payloads: [{ n: 4 }, null, { n: 6 }] };
await client.upsert('cities', { wait: true, ordering: 'strong', batch: columns });
assert.equal((await client.count('cities', { exact: true })).count, 6);
const info = await client.getCollection('cities');
assert.equal(info.status, 'green');
assert.equal(info.points_count, 6);
assert.deepEqual(info.config.params.vectors, { size: 4, distance: 'Dot' });

// The nearest: the order and the scores of Qdrant's own first steps.
const vector = [0.2, 0.1, 0.9, 0.7];
const near = await client.search('cities', { vector, limit: 3 });
assert.deepEqual(ids(near), [4, 1, uuid]);
assert.ok(Math.abs(near[0].score - 1.362) < 1e-3);
assert.deepEqual(near[0].payload, { n: 4 });
assert.deepEqual(near[1].payload.at, { lat: 52.5 });
const more = await client.search('cities', { vector, limit: 2, offset: 1, with_payload: ['city'], with_vector: true, score_threshold: 0.5, params: { exact: true } });
assert.deepEqual(ids(more), [1, uuid]);
assert.deepEqual(more[0].payload, { city: 'Berlin' });
assert.equal(more[0].vector.length, 4);
const both = await client.searchBatch('cities', { searches: [{ vector, limit: 1 }, { vector: [0, 1, 0, 0], limit: 2 }] });
assert.deepEqual(both.map(ids), [[4], [2, 1]]);
const queried = await client.query('cities', { query: vector, limit: 2, with_payload: true, timeout: 10 });
assert.deepEqual(ids(queried.points), [4, 1]);
const like = await client.query('cities', { query: 4, limit: 2 });
assert.deepEqual(ids(like.points), [1, uuid]);
const queriedBoth = await client.queryBatch('cities', { searches: [{ query: vector, limit: 1 }, { query: { nearest: uuid }, limit: 1 }] });
assert.deepEqual(queriedBoth.map((each) => ids(each.points)), [[4], [1]]);

// By id, and page by page.
assert.deepEqual(ids(await client.retrieve('cities', { ids: [6, 99, uuid] })), [6, uuid]);
const one = await client.retrieve('cities', { ids: [2], with_payload: { exclude: ['none'] }, with_vector: true });
assert.deepEqual(one[0].payload, { city: ['Köln', 'London', '北京'] });
assert.deepEqual(one[0].vector.map((x) => Math.round(x * 100)), [19, 81, 75, 11]);
const seen = [];
let offset;
do {
  const page = await client.scroll('cities', { limit: 4, offset, with_payload: false });
  seen.push(...ids(page.points));
  offset = page.next_page_offset;
} while (offset !== null);
assert.deepEqual(seen, [1, 2, 4, 5, 6, uuid]);

// What is refused says so, with a status and a sentence.
await refused(404, /Collection `rivers` doesn't exist/, client.search('rivers', { vector, limit: 1 }));
await refused(400, /dim|4/, client.search('cities', { vector: [1, 2], limit: 1 }));
await refused(400, /points\[0\]\.id/, client.upsert('cities', { points: [{ id: -1, vector }] }));
await refused(400, /filter/, client.search('cities', { vector, limit: 1, filter: { must: [{ key: 'city', match: { value: 'Berlin' } }] } }));
await refused(422, /limit/, client.search('cities', { vector, limit: 0 }));

// Many at once, over several connections.
await Promise.all(Array.from({ length: 50 }, (_, i) => client.upsert('cities', { points: [{ id: 100 + i, vector: [i, 0, 0, 0] }] })));
assert.equal((await client.count('cities')).count, 56);

// Away with it.
assert.equal((await client.delete('cities', { wait: true, points: [1, uuid, 77] })).status, 'completed');
assert.equal((await client.count('cities')).count, 54);
assert.equal(await client.deleteCollection('cities'), true);
assert.equal(await client.deleteCollection('cities'), false);
assert.deepEqual(complaints, []);
console.log('the npm client is content');
