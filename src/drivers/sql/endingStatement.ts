/** Whose SQL a text is. */
export type SqlDialect = 'postgres' | 'sqlite';

/** What looks like statements and is none: texts, names, comments. Those of `/*` are followed to their end by hand, because they nest. */
const QUOTED: Readonly<Record<SqlDialect, RegExp>> = {
  sqlite: /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*/g,
  postgres:
    /(?<![\w$\u0080-\uffff])[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|'[^']*'|"[^"]*"|(?<![\w$\u0080-\uffff])\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$|--[^\n\r]*|\/\*/g,
};

/** What has statements of its own: a trigger, a function in standard SQL. */
const BODY: Readonly<Record<SqlDialect, RegExp>> = {
  sqlite: /^\s*create\s+(?:temp(?:orary)?\s+)?trigger\b/i,
  postgres: /^\s*create\b[\s\S]*\bbegin\s+atomic\b(?!\s+end\s*$)/i,
};
const END_OF_BODY = /^\s*end\s*$/i;

/** A word that begins or ends a transaction; savepoints are free. */
const ENDING =
  /^\s*(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i;
const HINT = /begin|start|commit|end|abort|rollback|prepare/i;

/** The first statement of a text, of one or several, that would begin or end a transaction. */
export function endingStatement(sql: string, dialect: SqlDialect): string | undefined {
  if (!HINT.test(sql)) return undefined;
  let isWithinBody = false;
  for (const statement of withoutQuoted(sql, dialect).split(';')) {
    if (isWithinBody) isWithinBody = !END_OF_BODY.test(statement);
    else if (BODY[dialect].test(statement)) isWithinBody = true;
    else if (ENDING.test(statement)) return statement.trim();
  }
  return undefined;
}

function withoutQuoted(sql: string, dialect: SqlDialect): string {
  const quoted = new RegExp(QUOTED[dialect]);
  let bare = '';
  let at = 0;
  for (let found = quoted.exec(sql); found !== null; found = quoted.exec(sql)) {
    const [text] = found;
    bare += sql.slice(at, found.index);
    if (text === '/*') quoted.lastIndex = endOfComment(sql, found.index, dialect === 'postgres');
    at = quoted.lastIndex;
    bare += text === '/*' || text.startsWith('--') ? ' ' : "''";
  }
  return bare + sql.slice(at);
}

function endOfComment(sql: string, from: number, nests: boolean): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = from + 2;
  let depth = 1;
  for (let edge = edges.exec(sql); edge !== null; edge = edges.exec(sql)) {
    if (edge[0] === '*/') depth--;
    else if (nests) depth++;
    if (depth === 0) return edges.lastIndex;
    // In SQLite the star of a beginning may be that of the end: a slash, a star, a slash.
    if (!nests && edge[0] === '/*') edges.lastIndex--;
  }
  return sql.length;
}
