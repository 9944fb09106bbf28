package config

import (
	"runtime"
	"time"
)

// Load bounds what a server does at once. 0 is the default, which goes by the processors.
type Load struct {
	MaxSearches int           `help:"Searches at once (default: 2 for each processor, 16 with Qdrant)." placeholder:"N"`
	MaxAnswers  int           `help:"Answers at once (default: 32 for each processor)." placeholder:"N"`
	MaxIngests  int           `help:"Writes of documents at once (default: 4 for each processor)." placeholder:"N"`
	QueueTime   time.Duration `help:"How long a request waits at most until one of these is free, ten times as long for a password; it gets 503 then." default:"1s" placeholder:"DURATION"`
}

// WithDefaults fills in what was left open, for an index in this process or one elsewhere.
func (l Load) WithDefaults(remoteIndex bool) Load {
	processors := runtime.GOMAXPROCS(0)
	searches := 2 * processors
	if remoteIndex { // they wait more than they compute
		searches = 16 * processors
	}
	for setting, standard := range map[*int]int{
		&l.MaxSearches: searches, &l.MaxAnswers: 32 * processors, &l.MaxIngests: 4 * processors,
	} {
		if *setting == 0 {
			*setting = standard
		}
	}
	if l.QueueTime == 0 { // a configuration that the command line did not make
		l.QueueTime = time.Second
	}
	return l
}

func (l Load) check(f *Faults) {
	for _, bound := range []struct {
		setting string
		value   int
	}{
		{"max-searches", l.MaxSearches}, {"max-answers", l.MaxAnswers}, {"max-ingests", l.MaxIngests},
	} {
		if bound.value < 0 {
			f.Addf(bound.setting, "%s is %d; it must be 1 or more, or 0 for the default", bound.setting,
				bound.value)
		}
	}
	if l.QueueTime < 0 {
		f.Addf("queue-time", "queue-time is %v; it must be more than 0, or 0 for the default", l.QueueTime)
	}
}
