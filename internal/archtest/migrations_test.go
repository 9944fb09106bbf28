package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// released is the newest PostgreSQL migration of the last release. Later ones run while replicas of
// that release still do, so they may only expand the schema: docs/upgrade.md. SQLite has one process
// and needs no such care. A release raises the number; until the first, it is where the rule began.
const released = 8

const postgresMigrations = "../store/postgres/migrations"

func TestArchitectureMigrationsExpand(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(postgresMigrations, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	newest := 0
	for _, file := range files {
		number, err := strconv.Atoi(filepath.Base(file)[:5])
		if err != nil {
			t.Fatal(err)
		}
		newest = max(newest, number)
		if number <= released {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if contracts(string(text)) && !raised.Match(text) {
			t.Errorf("%s contracts the schema and does not say which programs may still use it: add "+
				"UPDATE schema_compatibility SET oldest = N, the newest migration of the last release "+
				"(docs/upgrade.md)", filepath.Base(file))
		}
		for _, found := range contractions(string(text)) {
			t.Errorf("%s breaks replicas of the last release: %s\nExpand now and contract a release "+
				"later (docs/upgrade.md); or say why nothing breaks, in a line above the statement: "+
				"-- contract: REASON", filepath.Base(file), found)
		}
	}
	if newest < released {
		t.Errorf("migration %d is said to be released, but %d is the newest", released, newest)
	}
}

func TestContractions(t *testing.T) {
	for _, test := range []struct{ up, want string }{
		{"CREATE TABLE a (b text NOT NULL CHECK (b <> ''));", ""},
		{"ALTER TABLE a ADD COLUMN b bigint NOT NULL DEFAULT 0 CHECK (b >= 0);", ""},
		{"ALTER TABLE a ADD COLUMN type text;", ""},
		{"ALTER TABLE a ADD b bigint GENERATED ALWAYS AS (c + 1) STORED;", ""},
		{"CREATE INDEX a_by_b ON a (b);", ""},
		{"UPDATE a SET b = 'DROP TABLE c';", ""},
		{"-- DROP TABLE a;\nSELECT 1;", ""},
		{"/* DROP TABLE a; */ SELECT 1;", ""},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; DROP TABLE a; $$;", ""},
		{"CREATE TABLE a (b int);\nALTER TABLE a ADD CHECK (b > 0);\nCREATE UNIQUE INDEX u ON a (b);", ""},
		{"CREATE UNLOGGED TABLE a (b int);\nALTER TABLE a ADD CHECK (b > 0);", ""},
		{"-- contract: nothing has read b since 1.2\nALTER TABLE a DROP COLUMN b;", ""},

		{"-- contract:\nALTER TABLE a DROP COLUMN b;", "ALTER TABLE a DROP COLUMN b"},
		{"-- contract: old\nDROP TABLE a; DROP TABLE b;", "DROP TABLE b"},
		{"drop table a;", "drop table a"},
		{"DROP INDEX a_by_b;", "DROP INDEX a_by_b"},
		{"DROP TYPE kind;", "DROP TYPE kind"},
		{"DROP FUNCTION f();", "DROP FUNCTION f()"},
		{"TRUNCATE a;", "TRUNCATE a"},
		{"ALTER TABLE a RENAME TO b;", "ALTER TABLE a RENAME TO b"},
		{"ALTER TABLE a RENAME COLUMN b TO c;", "ALTER TABLE a RENAME COLUMN b TO c"},
		{"ALTER TABLE a\n  ALTER b TYPE bigint;", "ALTER TABLE a ALTER b TYPE bigint"},
		{"ALTER TABLE a ALTER COLUMN b SET DATA TYPE bigint;", "ALTER TABLE a ALTER COLUMN b SET DATA TYPE bigint"},
		{"ALTER TABLE a ALTER COLUMN b SET NOT NULL;", "ALTER TABLE a ALTER COLUMN b SET NOT NULL"},
		{"ALTER TABLE a ALTER b DROP NOT NULL;", "ALTER TABLE a ALTER b DROP NOT NULL"},
		{"ALTER TABLE a ALTER b DROP DEFAULT;", "ALTER TABLE a ALTER b DROP DEFAULT"},
		{"ALTER TABLE ONLY public.a ADD COLUMN b text NOT NULL;", "ALTER TABLE ONLY public.a ADD COLUMN b text NOT NULL"},
		{
			"ALTER TABLE a ADD c int NOT NULL DEFAULT 0, ADD b int NOT NULL;",
			"ALTER TABLE a ADD c int NOT NULL DEFAULT 0, ADD b int NOT NULL",
		},
		{"ALTER TABLE a ADD COLUMN b text UNIQUE;", "ALTER TABLE a ADD COLUMN b text UNIQUE"},
		{"ALTER TABLE a ADD CHECK (b > 0);", "ALTER TABLE a ADD CHECK (b > 0)"},
		{"ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID;", "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID"},
		{"ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c;", "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c"},
		{"ALTER TABLE a DROP CONSTRAINT c;", "ALTER TABLE a DROP CONSTRAINT c"},
		{"ALTER TYPE kind ADD VALUE 'new';", "ALTER TYPE kind ADD VALUE 'new'"},
		{"CREATE UNIQUE INDEX u ON a (b);", "CREATE UNIQUE INDEX u ON a (b)"},
		{"CREATE OR REPLACE FUNCTION f() RETURNS int AS 'x';", "CREATE OR REPLACE FUNCTION f() RETURNS int AS 'x'"},
		{"CREATE TRIGGER x BEFORE INSERT ON a EXECUTE FUNCTION f();", "CREATE TRIGGER x BEFORE INSERT ON a EXECUTE FUNCTION f()"},
		{"DO $$ BEGIN DROP TABLE a; END $$;", "DO $$ BEGIN DROP TABLE a; END $$"},
		{"SELECT 'it''s'; DROP TABLE a;", "DROP TABLE a"},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		got := contractions("-- +goose Up\n" + test.up + "\n-- +goose Down\nDROP TABLE z;\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.up, diff)
		}
	}
}

func TestContracts(t *testing.T) {
	const contract = "-- +goose Up\n-- contract: nothing reads b\nALTER TABLE a DROP COLUMN b;\n"
	const expand = "-- +goose Up\nALTER TABLE a ADD b int;\n-- +goose Down\n-- contract: back\nDROP TABLE a;"
	if !contracts(contract) || contracts(expand) {
		t.Error("a contraction is not told from an expansion")
	}
}

var (
	// whole are statements that take away or change what a replica may use, wherever they stand.
	whole = regexp.MustCompile(`^(DROP|TRUNCATE|DO|ALTER (TYPE|DOMAIN|SEQUENCE|VIEW|FUNCTION)|CREATE OR REPLACE)\b`)
	// onTable are statements on a table; they break nothing when the migration itself made it.
	onTable = regexp.MustCompile(`^(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|CREATE UNIQUE INDEX .*?\bON (?:ONLY )?|` +
		`CREATE (?:CONSTRAINT )?TRIGGER .*?\bON )([\w."]+)`)
	newTable = regexp.MustCompile(`^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w."]+)`)
	// changes are parts of ALTER TABLE that take away, change or restrict what is there.
	changes = regexp.MustCompile(`\bRENAME\b|\bDROP\b|\bSET NOT NULL\b|` +
		`\bALTER (COLUMN )?[\w"]+ (SET DATA )?TYPE\b|` +
		`\bADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b`)
	addColumn = regexp.MustCompile(`\bADD (?:COLUMN )?.*`)
	annotated = regexp.MustCompile(`(?m)^-- contract: \S`)
)

// contractions returns the statements of a migration's way up with which a program that knows the
// schema before it might fail, those left out that say why they do not.
func contractions(migration string) []string {
	_, up, _ := strings.Cut(migration, "-- +goose Up")
	up, _, _ = strings.Cut(up, "-- +goose Down")
	var found, made []string
	for _, s := range statements(up) {
		if table := newTable.FindStringSubmatch(s.bare); table != nil {
			made = append(made, table[1])
		}
		if breaks(s.bare, made) && !annotated.MatchString(s.comments) {
			found = append(found, s.text)
		}
	}
	return found
}

// raised is how a migration says which programs may use the schema after it.
var raised = regexp.MustCompile(`UPDATE schema_compatibility SET oldest = \d+`)

// contracts reports whether a migration's way up takes away something that an older program used.
func contracts(migration string) bool {
	_, up, _ := strings.Cut(migration, "-- +goose Up")
	up, _, _ = strings.Cut(up, "-- +goose Down")
	return annotated.MatchString(up)
}

// breaks judges a statement in capitals without comments and literals.
func breaks(statement string, made []string) bool {
	if whole.MatchString(statement) {
		return true
	}
	table := onTable.FindStringSubmatch(statement)
	if table == nil || slices.Contains(made, table[1]) {
		return false
	}
	if !strings.HasPrefix(statement, "ALTER TABLE") || changes.MatchString(statement) {
		return true
	}
	for action := range strings.SplitSeq(statement, ", ADD ") {
		column := addColumn.FindString("ADD " + action)
		required := strings.Contains(column, "NOT NULL") && !strings.Contains(column, "DEFAULT") &&
			!strings.Contains(column, "GENERATED")
		if required || strings.Contains(column, " UNIQUE") || strings.Contains(column, "PRIMARY KEY") {
			return true
		}
	}
	return false
}

// statement is one statement: as it is written, in capitals without what is in quotes, and the
// comments before it.
type statement struct{ text, bare, comments string }

// tokens are what a semicolon may hide in, and the semicolon.
var tokens = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$|;`)

// statements splits SQL.
func statements(sql string) []statement {
	var all []statement
	var text, bare, comments strings.Builder
	for sql != "" {
		at := tokens.FindStringIndex(sql)
		if at == nil {
			break
		}
		before, token := sql[:at[0]], sql[at[0]:at[1]]
		sql = sql[at[1]:]
		text.WriteString(before)
		bare.WriteString(before)
		switch {
		case token == ";":
			all = append(all, statement{
				oneLine(text.String()), strings.ToUpper(oneLine(bare.String())), comments.String(),
			})
			text.Reset()
			bare.Reset()
			comments.Reset()
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"):
			comments.WriteString(token + "\n")
		case token[0] == '$':
			body, rest, _ := strings.Cut(sql, token)
			text.WriteString(token + body + token)
			sql = rest
		default:
			text.WriteString(token)
			bare.WriteString("''")
		}
	}
	return all
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
