// Package migrations holds the schema's history, told once for each kind of database.
package migrations

import "embed"

// Files has a folder for each kind of database, with the same numbers and names in both.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
