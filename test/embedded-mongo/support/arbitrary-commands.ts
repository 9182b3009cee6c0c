import fc from "fast-check";

/** Documents, filters, sorts, updates and pipelines for comparing two servers, as plain objects. */

export type Fields = Record<string, unknown>;

export interface Commands {
  readonly docs: fc.Arbitrary<Fields[]>;
  readonly filter: fc.Arbitrary<Fields>;
  /** Ends in `_id`, so that equal keys have one order. */
  readonly sort: fc.Arbitrary<Fields>;
  readonly update: fc.Arbitrary<Fields>;
  readonly pipeline: fc.Arbitrary<Fields[]>;
  /** Stages that join the collection `plain` with the documents; their results have one order. */
  readonly join: fc.Arbitrary<Fields[]>;
  /** A `$jsonSchema`. */
  readonly schema: fc.Arbitrary<Fields>;
}

/**
 * `own`: everything that this server does. `shared`: what mongo-java-server does as the MongoDB
 * manual says; `known-differences.ts` lists what is left out of it, and why.
 */
export function arbitraryCommands(range: "own" | "shared"): Commands {
  const own = range === "own";
  const scalar = arbitraryScalar(own);
  const filter = arbitraryFilter(own, scalar);
  return {
    docs: arbitraryDocs(own, scalar),
    filter,
    sort: arbitrarySort(own),
    update: arbitraryUpdate(own, scalar),
    pipeline: arbitraryPipeline(own, filter),
    join: arbitraryJoin(own),
    schema: arbitrarySchema(scalar),
  };
}

function arbitraryScalar(own: boolean): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -2, max: 4 }) },
    fc.constantFrom(0.5, 1.5, ...(own ? [2 ** 40] : [])),
    { weight: 2, arbitrary: fc.constantFrom("", "a", "ab", "b", "é") },
    fc.constantFrom(null, true, false),
    fc.constantFrom(new Date(0), new Date(86_400_000)),
  );
}

/** `a` and `b` may be arrays, `c` never is, so that it can stand in an index with either. */
function arbitraryDocs(own: boolean, scalar: fc.Arbitrary<unknown>): fc.Arbitrary<Fields[]> {
  const list = fc.array(scalar, { minLength: own ? 0 : 1, maxLength: 3 });
  const plain = fc.record({ x: scalar, y: scalar }, { requiredKeys: own ? [] : ["x"] });
  const inner = own
    ? fc.record({ x: scalar, y: fc.oneof(scalar, list) }, { requiredKeys: [] })
    : plain;
  const anything = fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 2, arbitrary: list },
    ...(own ? [inner, fc.array(inner, { maxLength: 3 })] : []),
  );
  const docs = fc.array(fc.array(inner, { minLength: own ? 0 : 1, maxLength: 3 }), {
    maxLength: 1,
  });
  const fields = fc
    .record({ a: anything, b: own ? anything : scalar, c: scalar, d: plain }, { requiredKeys: [] })
    .chain((doc) => docs.map(([e]) => (e === undefined ? doc : { ...doc, e })));
  return fc
    .array(fields, { minLength: 1, maxLength: 12 })
    .map((all) => all.map((doc, _id) => ({ _id, ...doc })));
}

const comparison = fc.constantFrom("$eq", "$ne", "$gt", "$gte", "$lt", "$lte");
const equality = fc.constantFrom("$eq", "$ne");
const pattern = fc.constantFrom("^a", "b", "^ab?", "^$");

function arbitraryOperators(own: boolean, scalar: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const present = own ? scalar : scalar.filter((value) => value !== null);
  const compared = fc.oneof(fc.tuple(comparison, present), fc.tuple(equality, scalar));
  const list = fc.array(scalar, { maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: scalar },
    { weight: 4, arbitrary: compared.map(([name, value]) => ({ [name]: value })) },
    list.map((values) => ({ $in: values })),
    list.map((values) => ({ $nin: values })),
    fc.boolean().map((value) => ({ $exists: value })),
    compared.map(([name, value]) => ({ $not: { [name]: value } })),
    pattern.map((text) => ({ $regex: text })),
    fc.nat(3).map((size) => ({ $size: size })),
    fc
      .constantFrom("string", "int", "array", "null", "object", "bool")
      .map((type) => ({ $type: type })),
    compared.map(([name, value]) => ({ $elemMatch: { [name]: value } })),
    fc.constant({ $mod: [2, 1] }),
    ...(own
      ? [
          fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
          fc.array(scalar, { minLength: 1, maxLength: 2 }).map((values) => ({ $all: values })),
          fc.record({ x: scalar }).map((condition) => ({ $elemMatch: condition })),
          fc.array(scalar, { maxLength: 2 }),
          fc.record({ x: scalar }),
        ]
      : []),
  );
}

function arbitraryFilter(own: boolean, scalar: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> {
  const path = fc.constantFrom(
    ...["a", "b", "c", "_id", "d.x", "d.y"],
    ...(own ? ["a.x", "b.x", "b.y", "a.0", "e.x"] : []),
  );
  const condition = fc
    .array(fc.tuple(path, arbitraryOperators(own, scalar)), { minLength: 1, maxLength: 2 })
    .map((list): Fields => Object.fromEntries(list));
  const some = fc.array(condition, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: condition },
    some.map((branches) => ({ $or: branches })),
    some.map((branches) => ({ $and: branches })),
    fc.tuple(condition, condition).map(([one, other]) => ({ ...one, $nor: [other] })),
    fc.constant({}),
  );
}

function arbitrarySort(own: boolean): fc.Arbitrary<Fields> {
  const direction = fc.constantFrom(1, -1);
  const paths = own ? ["a", "b", "c", "a.x", "b.x", "e.x"] : ["a", "b", "c", "d.x"];
  return fc
    .tuple(fc.option(fc.tuple(fc.constantFrom(...paths), direction), { nil: undefined }), direction)
    .map(([first, last]) => ({
      ...(first === undefined ? {} : { [first[0]]: first[1] }),
      _id: last,
    }));
}

function arbitraryUpdate(own: boolean, scalar: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, 2 ** 31));
  const whole = fc.integer({ min: 0, max: 4 });
  const pushed = fc.tuple(fc.array(whole, { maxLength: 2 }), fc.integer({ min: -2, max: 2 }));
  const change: fc.Arbitrary<[string, unknown]> = fc.oneof(
    fc.tuple(fc.constantFrom("$set", "$min", "$max", "$push", "$addToSet", "$pull"), scalar),
    fc.tuple(fc.constant("$set"), fc.array(scalar, { maxLength: 2 })),
    fc.tuple(fc.constantFrom("$inc", "$mul"), number),
    fc.tuple(fc.constant("$unset"), fc.constant("")),
    fc.tuple(fc.constant("$pop"), fc.constantFrom(1, -1)),
    pushed.map(([$each, $slice]): [string, unknown] => ["$push", { $each, $slice }]),
  );
  const target = fc.constantFrom(
    "a",
    "c",
    "new",
    "d.x",
    ...(own ? ["b.x", "new.x", "a.1", "e"] : []),
  );
  return fc
    .array(fc.tuple(target, change), { minLength: 1, maxLength: own ? 2 : 1 })
    .map((list) => {
      const update: Record<string, Fields> = {};
      for (const [name, [operator, operand]] of list)
        update[operator] = { ...update[operator], [name]: operand };
      return update;
    });
}

function arbitraryPipeline(own: boolean, filter: fc.Arbitrary<Fields>): fc.Arbitrary<Fields[]> {
  const id = fc.constantFrom<unknown>("$c", "$b", { c: "$c" }, null, ...(own ? ["$a"] : []));
  const group = id.map((_id) => ({
    $group: {
      _id,
      n: { $sum: 1 },
      low: { $min: "$c" },
      high: { $max: "$c" },
      all: { $sum: "$_id" },
    },
  }));
  const size = { $cond: [{ $isArray: "$a" }, { $size: { $ifNull: ["$a", []] } }, -1] };
  const stage = fc.constantFrom<Fields>(
    { $unwind: "$a" },
    { $project: { a: 1, size } },
    { $project: { c: 0, "d.x": 0 } },
    { $addFields: { sum: { $add: ["$_id", 1] }, first: { $concat: ["x", "y"] } } },
    { $replaceRoot: { newRoot: { _id: "$_id", was: "$c" } } },
    ...(own
      ? [
          { $redact: { $cond: [{ $eq: ["$x", 1] }, "$$PRUNE", "$$DESCEND"] } },
          { $redact: { $cond: [{ $gt: ["$_id", 2] }, "$$KEEP", "$$DESCEND"] } },
        ]
      : []),
    ...(own ? [{ $addFields: { kind: { $type: "$c" }, big: { $gt: ["$c", 1] } } }] : []),
  );
  return fc.tuple(
    filter.map(($match) => ({ $match })),
    fc.oneof(group, stage),
  );
}

/** Who is joined comes by value, so that indexes on either side are used where there are some. */
function arbitraryJoin(own: boolean): fc.Arbitrary<Fields[]> {
  const path = fc.constantFrom(...(own ? ["a", "b", "c", "a.x", "d.x"] : ["c", "_id"]));
  const sorted = { $sortArray: { input: "$joined", sortBy: { _id: 1 } } };
  const shape: Fields = own
    ? { $set: { joined: sorted } }
    : { $project: { n: { $size: "$joined" } } };
  const graph = fc.record({
    from: fc.constant("plain"),
    startWith: fc.constantFrom("$_id", "$c"),
    connectFromField: path,
    connectToField: path,
    as: fc.constant("joined"),
    maxDepth: fc.nat(2),
  });
  const lookup = fc.record({
    from: fc.constant("plain"),
    localField: path,
    foreignField: path,
    as: fc.constant("joined"),
  });
  const joinOne = lookup.map(($lookup) => [{ $lookup }, shape]);
  return own
    ? fc.oneof(
        graph.map(($graphLookup) => [{ $graphLookup }, shape]),
        joinOne,
      )
    : joinOne;
}

function arbitrarySchema(scalar: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> {
  const rule = fc.oneof<fc.Arbitrary<Fields>[]>(
    fc
      .constantFrom("int", "double", "string", "array", "object", "bool", "null", "date")
      .map((bsonType) => ({ bsonType })),
    fc
      .uniqueArray(scalar, { minLength: 1, maxLength: 3, selector: String })
      .map((values) => ({ enum: values })),
    fc.integer({ min: -1, max: 3 }).map((minimum) => ({ minimum, exclusiveMinimum: true })),
    fc.constant({ items: { bsonType: "int" }, maxItems: 2 }),
    fc.constant({ required: ["x"], properties: { x: { bsonType: ["int", "string"] } } }),
    fc.constant({ not: { bsonType: "number" } }),
  );
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  return fc
    .record({ properties: fc.dictionary(name, rule), required: fc.tuple(name) })
    .map(({ properties, required }) => ({ properties, required }));
}
