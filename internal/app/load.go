package app

import (
	"log/slog"
	"math"
	"runtime"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/httpapi"
	"github.com/lectern-project/lectern/internal/limit"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// perPlace is how many may wait for each of what runs at once: as many as are done well within the time
// that they may wait. Who signs in waits rather than signs in again, so for a password they may be more,
// for longer: a class that begins at the same minute is let in.
const (
	perPlace            = 32
	perPlaceOfPasswords = 128
	passwordPatience    = 10 // times the queue time
)

// gates bound what the configuration bounds.
func gates(c config.Config, t *telemetry.Recorder) httpapi.Gates {
	load := c.Load.WithDefaults(c.QdrantURL != "")
	return httpapi.Gates{
		Searches: gate(load.MaxSearches, telemetry.ShedSearch, load, t),
		Answers:  gate(load.MaxAnswers, telemetry.ShedAnswer, load, t),
		Ingests:  gate(load.MaxIngests, telemetry.ShedIngest, load, t),
	}
}

// passwords leaves half of the processors free: a rush of sign-ins waits and neither takes all memory
// nor stops searches.
func passwords(c config.Config, t *telemetry.Recorder) *limit.Gate {
	load := c.Load.WithDefaults(c.QdrantURL != "")
	return limit.NewGate(max(1, runtime.GOMAXPROCS(0)/2),
		limit.Line{Length: perPlaceOfPasswords, Time: passwordPatience * load.QueueTime},
		func() { t.Shed(telemetry.ShedPassword) })
}

func gate(places int, what string, load config.Load, t *telemetry.Recorder) *limit.Gate {
	return limit.NewGate(places, limit.Line{Length: perPlace, Time: load.QueueTime},
		func() { t.Shed(what) })
}

// boundMemory has the collector work harder as the memory that the container allows is used up, unless
// GOMEMLIMIT says when. A tenth is left for what the collector does not see.
func boundMemory(log *slog.Logger) {
	memory, err := memlimit.Set(memlimit.WithRatio(0.9))
	if err != nil {
		log.Warn("the memory limit of the container cannot be read; set GOMEMLIMIT", "error", err)
		return
	}
	if memory == math.MaxInt64 { // no limit
		return
	}
	log.Debug("memory is bounded", "bytes", memory)
}
