package database_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

// column is one of a table, in words that both databases can be put into.
type column struct {
	Table, Name, Kind string
	Null              bool
}

// key is a primary key or a unique index.
type key struct{ Table, Columns, Where string }

// reference is a foreign key.
type reference struct{ Table, Column, To, OnDelete string }

func TestBothDatabasesHaveTheSameSchema(t *testing.T) {
	lite, post := testdb.Open(t, testdb.SQLiteURL(t)), testdb.Open(t, testdb.PostgresURL(t))
	compare(t, "columns", ask[column](t, lite, liteColumns), ask[column](t, post, postColumns))
	compare(t, "keys", ask[key](t, lite, liteKeys), ask[key](t, post, postKeys))
	compare(t, "references", ask[reference](t, lite, liteReferences), ask[reference](t, post, postReferences))
	compare(t, "indexes", ask[key](t, lite, liteIndexes), ask[key](t, post, postIndexes))
}

// Full text is each database's own: FTS5 with its shadow tables, a tsvector with its index. Both have the columns that are written and read.
func TestBothDatabasesHaveTheSameFullText(t *testing.T) {
	for _, url := range []string{testdb.SQLiteURL(t), testdb.PostgresURL(t)} {
		if err := testdb.Open(t, url).Read(t.Context()).Exec("SELECT proposal, title, body FROM proposals_fts").Error; err != nil {
			t.Error(err)
		}
	}
}

func ask[T any](t *testing.T, db *database.DB, question string) []T {
	t.Helper()
	var rows []T
	if err := db.Read(t.Context()).Raw(strings.ReplaceAll(question, "OURS", "t.name NOT LIKE 'river%' AND t.name NOT LIKE 'goose%' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '%\\_fts%' ESCAPE '\\'")).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

func compare[T any](t *testing.T, what string, lite, post []T) {
	t.Helper()
	if len(lite) == 0 {
		t.Errorf("found no %s", what)
	}
	if diff := cmp.Diff(lite, post); diff != "" {
		t.Errorf("%s differ (-sqlite +postgres):\n%s", what, diff)
	}
}

const (
	liteColumns = `SELECT t.name AS "table", c.name, c."notnull" = 0 AS "null",
			CASE upper(c.type) WHEN 'DATETIME' THEN 'time' WHEN 'BLOB' THEN 'bytes' WHEN 'TEXT' THEN 'text'
				WHEN 'BIGINT' THEN 'number' WHEN 'INTEGER' THEN 'number' WHEN 'BOOLEAN' THEN 'truth' ELSE c.type END AS kind
		FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND OURS ORDER BY 1, 2`
	postColumns = `SELECT t.name AS "table", c.column_name AS name, c.is_nullable = 'YES' AS "null",
			CASE c.data_type WHEN 'timestamp with time zone' THEN 'time' WHEN 'bytea' THEN 'bytes' WHEN 'text' THEN 'text'
				WHEN 'bigint' THEN 'number' WHEN 'integer' THEN 'number' WHEN 'boolean' THEN 'truth' ELSE c.data_type END AS kind
		FROM (SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public') t
		JOIN information_schema.columns c ON c.table_schema = 'public' AND c.table_name = t.name WHERE OURS ORDER BY 1, 2`

	// A primary key of one INTEGER has no index in SQLite, so keys are read from the table.
	liteKeys = `SELECT * FROM (
			SELECT t.name AS "table", (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) AS columns
			FROM sqlite_master t WHERE t.type = 'table' AND OURS
			UNION ALL
			SELECT t.name, (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
			FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i."unique" = 1 AND i.origin <> 'pk' AND OURS
		) ORDER BY 1, 2`
	postKeys = `SELECT t.name AS "table", (
				SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n)
				JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
		FROM pg_index i JOIN (SELECT oid, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace) t ON t.oid = i.indrelid
		WHERE i.indisunique AND OURS ORDER BY 1, 2`

	liteReferences = `SELECT t.name AS "table", f."from" AS "column", f."table" || ' ' || f."to" AS "to", f.on_delete
		FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND OURS ORDER BY 1, 2`
	postReferences = `SELECT t.name AS "table", a.attname AS "column", x.relname || ' ' || b.attname AS "to",
			CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'r' THEN 'RESTRICT' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END AS on_delete
		FROM pg_constraint f JOIN (SELECT oid, relname AS name FROM pg_class) t ON t.oid = f.conrelid JOIN pg_class x ON x.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[1]
		WHERE f.contype = 'f' AND OURS ORDER BY 1, 2`

	// Indexes that we named ourselves, unique or not; of a partial one only that it is.
	liteIndexes = `SELECT t.name AS "table", i.name || ': ' || (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS columns,
			CASE i.partial WHEN 1 THEN 'some' ELSE '' END AS "where"
		FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c' AND OURS ORDER BY 1, 2`
	postIndexes = `SELECT t.name AS "table", n.relname || ': ' || (
				SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n)
				JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns,
			CASE WHEN i.indpred IS NULL THEN '' ELSE 'some' END AS "where"
		FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
		JOIN (SELECT oid, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace) t ON t.oid = i.indrelid
		WHERE NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype IN ('p', 'u')) AND OURS ORDER BY 1, 2`
)
