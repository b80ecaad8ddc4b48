import { describe, expect, it } from 'vitest';
import { endingStatement, type SqlDialect } from '../../../src/drivers/sql/endingStatement.ts';

const BOTH: readonly SqlDialect[] = ['postgres', 'sqlite'];

describe.each(BOTH)('endingStatement of %s', (dialect) => {
  it.each([
    ['COMMIT', 'COMMIT'],
    ['select 1; commit; begin', 'commit'],
    ['select 1; -- ;\n Rollback; begin', 'Rollback'],
    ["insert into a values ('it''s; x');end;", 'end'],
    ['/* a */ ; ; START TRANSACTION', 'START TRANSACTION'],
    ['rollback and chain', 'rollback and chain'],
    ['select "a;b"; abort', 'abort'],
  ])('finds the end in %j', (sql, found) => {
    expect(endingStatement(sql, dialect)).toBe(found);
  });

  it.each([
    "select '; commit; '",
    'select "; commit; "',
    'select 1 -- ; commit',
    'select 1 /* ; commit; */',
    'select 1 /* ; commit',
    'savepoint a; rollback to a; rollback work to savepoint a; release a',
    'select case when 1 then 2 end; select committed, ending from begins',
  ])('finds none in %j', (sql) => {
    expect(endingStatement(sql, dialect)).toBeUndefined();
  });
});

describe('endingStatement', () => {
  it.each([
    'select $$; commit; $$',
    'select $a$ $$; commit; $b$ $a$',
    "select e'\\'; commit; '",
    'select 1 /* /* */ ; commit; */',
    'do $$ begin perform 1; end $$',
    'create function f() returns int begin atomic select 1; select case 1 when 1 then 2 end; end; select 1',
    'create procedure f() begin atomic end; select 1',
  ])('of PostgreSQL knows its quotes, comments and functions: %j', (sql) => {
    expect(endingStatement(sql, 'postgres')).toBeUndefined();
  });

  it.each([
    'select $1; commit; select $2',
    'select a$b$; commit; select c$b$',
    "select '\\'; commit; select '\\'",
    'select $a$ $A$; $a$; commit',
    'do $$ begin perform 1; end $$; commit',
    'create function f() returns int begin atomic select 1; end; commit',
  ])('of PostgreSQL is not led astray by what only looks like them: %j', (sql) => {
    expect(endingStatement(sql, 'postgres')).toBe('commit');
  });

  it('of SQLite knows its names, and where a trigger ends', () => {
    const trigger = 'create temp trigger t after insert on a begin select case 1 when 1 then 2 end; select 1; end';
    expect(endingStatement('select [; commit;], `; commit;`', 'sqlite')).toBeUndefined();
    expect(endingStatement(`select 1; ${trigger}; select 1`, 'sqlite')).toBeUndefined();
    expect(endingStatement(`${trigger}; commit; begin`, 'sqlite')).toBe('commit');
    expect(endingStatement('select 1 /*/ ; commit; */; rollback', 'sqlite')).toBe('rollback');
  });

  it('reads a long text once', () => {
    const long = `insert into a values (E'${"it''s \\' ".repeat(200_000)}'); commit`;
    expect(endingStatement(long, 'postgres')).toBe('commit');
    expect(endingStatement(long.slice(0, -10), 'postgres')).toBeUndefined();
  });
});
