import { recordText } from '../../../src/outputs/recordText.ts';
import { namedFunction, type Vocabulary } from './vocabulary.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of vectors have no type
type Any = any;

const SPECIAL_ERROR = 'This is a special error';

const ONE: Vocabulary<(record: Any) => unknown> = {
  identity: () => (record) => record,
  toString: () => recordText,
  toInt: () => (record) => Number.parseInt(record, 10),
  addN:
    ({ n }) =>
    (record) =>
      record + n,
  pairWithOne: () => (record) => [record, 1],
  pairWithConst:
    ({ value }) =>
    (record) => [record, value],
  pairModTenOne: () => (record) => [record % 10, 1],
  field:
    ({ name }) =>
    (record) =>
      record[name],
  failOnceOn4: () => {
    let failed = false;
    return (record) => {
      if (record !== 4 || failed) return record;
      failed = true;
      throw new Error(SPECIAL_ERROR);
    };
  },
  throwAlways:
    ({ message = SPECIAL_ERROR }) =>
    () => {
      throw new Error(message);
    },
  throwOn:
    ({ value, message = SPECIAL_ERROR }) =>
    (record) => {
      if (record === value) throw new Error(message);
      return record;
    },
};

const MANY: Vocabulary<(record: Any) => Iterable<unknown>> = {
  selfAndDouble: () => (record) => [record, 2 * record],
  selfAndAddN:
    ({ n }) =>
    (record) => [record, record + n],
  selfAndPlusOne: () => (record) => [record, record + 1],
};

const PREDICATE: Vocabulary<(record: Any) => boolean> = {
  isEven: () => (record) => record % 2 === 0,
  valueIsEven: () => (record) => record.value % 2 === 0,
  valueNonZero:
    () =>
    ([, value]) =>
      value !== 0,
  valuePositive:
    () =>
    ([, value]) =>
      value > 0,
  acceptAll: () => () => true,
  throwAlways:
    ({ message = SPECIAL_ERROR }) =>
    () => {
      throw new Error(message);
    },
  throwOn:
    ({ value, message = SPECIAL_ERROR }) =>
    (record) => {
      if (record === value) throw new Error(message);
      return true;
    },
};

const TWO: Vocabulary<(left: Any, right: Any) => unknown> = {
  sum: () => (left, right) => left + right,
  subtract: () => (left, right) => left - right,
  concat: () => (left, right) => (Array.isArray(left) ? [...left, ...right] : left + right),
  appendToString: () => (text, value) => `${text}${recordText(value)}`,
};

/** A function of one record. */
export const oneFunction = (named: unknown): ((record: Any) => unknown) => namedFunction('one value', named, ONE);

/** A function from one record to many. */
export const manyFunction = (named: unknown): ((record: Any) => Iterable<unknown>) =>
  namedFunction('to many', named, MANY);

/** A question to one record. */
export const predicate = (named: unknown): ((record: Any) => boolean) => namedFunction('predicate', named, PREDICATE);

/** A function of two values. */
export const twoFunction = (named: unknown): ((left: Any, right: Any) => unknown) =>
  namedFunction('two values', named, TWO);
