package auditor_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"folkmoot/governance/auditor"
	"folkmoot/governance/auditor/auditortest"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

const benchVoters = 5000

// BenchmarkAudit audits an election of 5,000 voters. Making one takes 10,000 signatures of RSA, so it is kept in .cache.
func BenchmarkAudit(b *testing.B) {
	files := os.DirFS(manyVoters(b))
	casts := 0
	var peak uint64
	for b.Loop() {
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		stop, most := make(chan struct{}), make(chan uint64)
		go watch(stop, most)
		r, err := auditor.Audit(files, auditor.Options{})
		close(stop)
		peak = max(peak, <-most-before.HeapInuse)
		if err != nil {
			b.Fatal(err)
		}
		casts = r.Classes[0].Online.Casts
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchVoters, "µs/ballot")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-at-most")
	b.ReportMetric(float64(casts), "casts")
	b.ReportAllocs()
}

// watch tells the most memory that is in use until it is stopped.
func watch(stop <-chan struct{}, most chan<- uint64) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	var peak uint64
	for {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapInuse)
		select {
		case <-stop:
			most <- peak
			return
		case <-look.C:
		}
	}
}

// manyVoters is a directory with the public files.
func manyVoters(b *testing.B) string {
	b.Helper()
	dir := filepath.Join("..", "..", ".cache", "audit-bench-1")
	if _, err := os.Stat(filepath.Join(dir, election.FileCertificate)); err == nil {
		return dir
	}
	e, err := auditortest.Hold(map[member.Class]int{member.ClassOrdinary: benchVoters}, map[member.Class]election.Openings{member.ClassOrdinary: election.OpeningsPublic})
	if err != nil {
		b.Fatal(err)
	}
	all, err := e.Publish(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	certificate := all[election.FileCertificate]
	delete(all, election.FileCertificate)
	for path, raw := range all {
		write(b, filepath.Join(dir, filepath.FromSlash(path)), raw)
	}
	write(b, filepath.Join(dir, election.FileCertificate), certificate) // last: what is half written is made anew
	return dir
}

func write(b *testing.B, path string, raw []byte) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(path), fs.ModePerm); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		b.Fatal(err)
	}
}
