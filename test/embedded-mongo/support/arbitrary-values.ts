import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import fc from "fast-check";
import {
  Code,
  DBPointer,
  FarDate,
  undefinedValue,
  type Doc,
  type NumberValue,
  type Value,
} from "../../../server/embedded-mongo/bson/value.js";

/** Arbitrary BSON values, small enough to meet each other often. */

export const seed = 20_261_121;

const numberTexts = [
  "0",
  "-0",
  "1",
  "1.0",
  "1.5",
  "-3",
  "1E+3",
  "1E-6176",
  "9E+6144",
  "0.1",
  "NaN",
  "-Infinity",
  "9007199254740993",
  "0.1000000000000000055511151231257827",
];

export const arbitraryNumber: fc.Arbitrary<NumberValue> = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((n) => new Int32(n)),
  fc.integer().map((n) => new Int32(n)),
  fc.double().map((n) => new Double(n)),
  fc
    .constantFrom(0, -0, 1, 1.5, 0.1, NaN, Infinity, 2 ** 53, 2 ** 63, -(2 ** 63), 5e-324)
    .map((n) => new Double(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
  fc
    .constantFrom(0n, 1n, -3n, 2n ** 53n + 1n, 2n ** 53n, 2n ** 63n - 1n)
    .map((n) => Long.fromBigInt(n)),
  fc.constantFrom(...numberTexts).map((text) => new Decimal128(text)),
  fc
    .tuple(
      fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
      fc.integer({ min: -60, max: 30 }),
    )
    .map(([digits, exponent]) => new Decimal128(`${digits}E${exponent}`)),
);

export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("", "a", "b", "ab", "a\0b", "\u{1f600}", "\uffff", "é"),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);

/** Field names meet often, and some look like array indexes. */
export const arbitraryName: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "c",
  "0",
  "1",
  "10",
  "x.y",
  "é",
);

export const arbitraryScalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: arbitraryNumber },
  { weight: 3, arbitrary: arbitraryText },
  fc.boolean(),
  fc.constantFrom<Value>(null, undefinedValue, new MinKey(), new MaxKey()),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(2n ** 62n, -(2n ** 62n)).map((millis) => new FarDate(millis)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc
    .tuple(fc.uint8Array({ maxLength: 5 }), fc.constantFrom(0, 2, 3, 4, 128))
    .map(([bytes, subtype]) => new Binary(bytes, subtype)),
  fc
    .constantFrom(["^a", ""], ["b", "i"], ["", "ms"])
    .map(([pattern = "", flags]) => new BSONRegExp(pattern, flags)),
  fc.tuple(fc.nat(), fc.nat(5)).map(([t, i]) => new Timestamp({ t, i })),
  arbitraryText.map((text) => new BSONSymbol(text)),
  arbitraryText.map((text) => new Code(text)),
  arbitraryText.map((text) => new Code(text, new Map([["a", new Int32(1)]]))),
  fc.constant(new DBPointer("db.c", new ObjectId("000000000000000000000001"))),
);

export const arbitraryValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value; doc: Doc }>((tie) => ({
  doc: fc
    .array(fc.tuple(arbitraryName, tie("value")), { maxLength: 4 })
    .map((fields) => new Map(fields)),
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 5, arbitrary: arbitraryScalar },
    fc.array(tie("value"), { maxLength: 4 }),
    tie("doc"),
  ),
})).value;

export const arbitraryDoc: fc.Arbitrary<Doc> = fc
  .array(fc.tuple(arbitraryName, arbitraryValue), { maxLength: 5 })
  .map((fields) => new Map(fields));
