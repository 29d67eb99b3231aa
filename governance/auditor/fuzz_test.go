package auditor_test

import (
	"bytes"
	"maps"
	"testing"

	"folkmoot/governance/auditor"
	"folkmoot/governance/election"
)

// FuzzFiles has a society sign whatever it likes as casts and openings: the audit says no to all but what was held, and never falls over.
func FuzzFiles(f *testing.F) {
	casts, openings := published()["ordinary/casts.jsonl"], published()["ordinary/openings.jsonl"]
	f.Add(casts, openings)
	f.Add(casts[:len(casts)/2], openings)
	f.Add([]byte("{}\n"), []byte("{}\n"))
	f.Add([]byte(nil), []byte("\n"))
	f.Add([]byte(`{"credential":{"key":"","society":null}}`+"\n"), openings)
	f.Add(casts, bytes.ReplaceAll(openings, []byte(`"sequence":1`), []byte(`"sequence":-1`)))
	f.Add(casts, bytes.ReplaceAll(openings, []byte(`"preferences":[`), []byte(`"preferences":[256,`)))
	e := held().Clone()
	f.Fuzz(func(t *testing.T, c, o []byte) {
		files := maps.Clone(published())
		files["ordinary/casts.jsonl"], files["ordinary/openings.jsonl"] = c, o
		if err := e.Sign(certificate(published()), files); err != nil {
			t.Fatal(err)
		}
		_, err := auditor.Audit(onDisk(files), auditor.Options{Openings: []auditor.Openings{{Name: "given", File: o}}})
		same := bytes.Equal(c, casts) && bytes.Equal(o, openings)
		if f := failure(err); f == nil || same && f.File != "given" {
			t.Fatalf("it says %v", err)
		}
		if _, err := election.ReadSums(c); err == nil && len(c) > 0 && !bytes.HasSuffix(c, []byte("\n")) {
			t.Fatal("sums without an end were read")
		}
	})
}
