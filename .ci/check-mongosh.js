// Run by mongosh (see .ci/run): a client that nobody here wrote, on the embedded store.
const assert = require("node:assert/strict");

// Arrays come from another realm here: their text is compared.
const sameText = (one, other) => assert.equal(JSON.stringify(one), JSON.stringify(other));

const shop = db.getSiblingDB("mongosh_check");
shop.dropDatabase();
assert.equal(shop.latches.insertOne({ _id: 1, name: "rim", year: 1920 }).acknowledged, true);
assert.equal(shop.latches.insertMany([{ year: 1890 }, { year: 1905 }]).acknowledged, true);
shop.latches.createIndex({ year: 1 });
assert.equal(shop.latches.countDocuments({ year: { $lt: 1910 } }), 2);
assert.equal(shop.latches.findOne({ _id: 1 }).name, "rim");
assert.equal(shop.latches.updateOne({ _id: 1 }, { $inc: { year: 1 } }).modifiedCount, 1);
assert.equal(shop.latches.findOne({ _id: 1 }).year, 1921);
let refusal = null;
try {
  shop.latches.insertOne({ _id: 1 });
} catch (error) {
  refusal = error;
}
assert.equal(refusal?.code, 11000);
assert.equal(shop.latches.deleteOne({ year: 1890 }).deletedCount, 1);
sameText(shop.getCollectionNames(), ["latches"]);
sameText(
  shop.latches.getIndexes().map((index) => index.name),
  ["_id_", "year_1"],
);
const plan = shop.latches.find({ year: 1921 }).explain("executionStats");
assert.equal(plan.executionStats.totalDocsExamined, 1);
assert.match(JSON.stringify(plan.queryPlanner), /IXSCAN/);
sameText(shop.latches.aggregate([{ $group: { _id: null, years: { $sum: "$year" } } }]).toArray(), [
  { _id: null, years: 1921 + 1905 },
]);
shop.dropDatabase();
print("mongosh: CRUD, collections, indexes, explain and aggregate answer as expected");
