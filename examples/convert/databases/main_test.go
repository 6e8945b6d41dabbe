package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestRowsOfADatabase(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "pay ments.db"), filepath.Join(dir, "out.csv")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE payments (id INTEGER NOT NULL, amount REAL, country TEXT); INSERT INTO payments VALUES (1, 2.5, 'de'), (2, NULL, 'fr'), (3, 9, NULL)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r := clitest.JSON(t, app(), 0, "-sql", file, "-query", "SELECT id, amount, country FROM payments ORDER BY id", "-out", out, "-where", "id < 3", "-columns", "country,amount")
	text, err := os.ReadFile(out)
	if err != nil || string(text) != "country,amount\nde,2.5\nfr,\n" || r["rows_in"] != 3.0 || r["rows_out"] != 2.0 {
		t.Errorf("got %q, %v, %v", text, r, err)
	}
	clitest.Refuses(t, app(), []string{"-sql", file, "-query", "SELECT x FROM payments", "-out", out}, "-sql", "x")
	clitest.Refuses(t, app(), []string{"-sql", filepath.Join(dir, "none.db"), "-query", "SELECT 1", "-out", out}, "-sql", "none.db")
	clitest.Refuses(t, app(), []string{"-sql", "postgres://nobody@127.0.0.1:1/x?connect_timeout=1", "-query", "SELECT 1", "-out", out}, "-sql")
	clitest.Refuses(t, app(), []string{"-sql", file, "-out", out}, "-query")
}
