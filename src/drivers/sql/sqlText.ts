import { refuse, textArgument } from '../../core/arguments.ts';

/** The text as a literal of SQL in PostgreSQL, whatever `standard_conforming_strings` says. */
export function textLiteral(text: string): string {
  if (text.includes('\0')) refuse('PostgreSQL', 'a text without the character 0, which it cannot keep', text);
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}

/** The name as an identifier of SQL, as it is written: PostgreSQL makes lower case only of unquoted ones. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Names in PostgreSQL end after 63 bytes, and something is added to this one. */
const LONGEST = 50;

/** The parts of the name of a table, with or without a schema: what would have to be quoted in a program's SQL is refused. */
export function tableName(where: string, name: unknown): readonly string[] {
  const parts = textArgument(where, name).split('.');
  const isName = (part: string): boolean => /^[a-z_][a-z0-9_]*$/i.test(part) && part.length <= LONGEST;
  if (parts.length > 2 || !parts.every(isName)) {
    refuse(
      where,
      `the name of a table of letters, digits and _ (at most ${LONGEST}), with or without its schema`,
      name,
    );
  }
  return parts;
}
