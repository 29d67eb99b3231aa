package bus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gauges are what operators see of the bus. Labels are fixed words, never a mailbox.
type gauges struct {
	registerer prometheus.Registerer
	appends    *prometheus.CounterVec
	latency    prometheus.Histogram
	followers  prometheus.Gauge
	handled    prometheus.Counter
}

func newGauges(to prometheus.Registerer) (*gauges, error) {
	g := &gauges{
		appends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bus_appends_total", Help: "Records appended, by what became of them.",
		}, []string{"result"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bus_append_seconds", Help: "From the call to the broker's answer.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 5, 10},
		}),
		followers: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "bus_followers", Help: "Followers of mailboxes now.",
		}),
		handled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "bus_consumed_total", Help: "Records of in that were handled.",
		}),
	}
	if to == nil {
		return g, nil
	}
	for _, c := range g.all() {
		if err := to.Register(c); err != nil {
			g.unregister()
			return nil, err
		}
		g.registerer = to
	}
	return g, nil
}

func (g *gauges) all() []prometheus.Collector {
	return []prometheus.Collector{g.appends, g.latency, g.followers, g.handled}
}

func (g *gauges) unregister() {
	if g.registerer == nil {
		return
	}
	for _, c := range g.all() {
		g.registerer.Unregister(c)
	}
}

func (g *gauges) appended(began time.Time, err error) {
	g.latency.Observe(time.Since(began).Seconds())
	result := "taken"
	switch {
	case Permanent(err):
		result = "refused"
	case err != nil:
		result = "unavailable"
	}
	g.appends.WithLabelValues(result).Inc()
}
