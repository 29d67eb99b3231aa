package database_test

import (
	"testing"

	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

func TestMigratedDatabaseIsNotBehind(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		if behind, err := db.Behind(t.Context()); behind || err != nil {
			t.Fatal(behind, err)
		}
	})
}
