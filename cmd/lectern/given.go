package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/config"
)

// given is the value that somebody gave a setting.
type given struct {
	text   string
	source string // as faults name it
}

// resolver gives kong the settings of the environment, of secret files and of the configuration
// file.
type resolver struct{ *parser }

// Validate implements kong.Resolver.
func (resolver) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (r resolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if g, ok := r.given[flag.Name]; ok {
		return g.text, nil
	}
	return nil, nil
}

// checkValue adds a fault unless the flag takes the value, and returns one that it takes.
func (p *parser) checkValue(flag *kong.Flag, g given, f *faults) string {
	message := valueFault(flag, g.text)
	if message == "" {
		return g.text
	}
	f.addf(g.source, "%s", message)
	p.bad[flag.Name] = true
	return stand(flag)
}

// valueFault says why a flag does not take a value, and what it takes; empty for one that it takes. It
// quotes the value: a secret is a text, and every flag of text takes every text.
func valueFault(flag *kong.Flag, text string) string {
	target := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, target)
	shown := strconv.Quote(text)
	switch {
	case err == nil && flag.Enum == "", err == nil && slices.Contains(flag.EnumSlice(), text):
		return ""
	case err == nil:
		return config.NotOneOf(flag.Name, text, flag.EnumSlice())
	}
	switch flag.Target.Interface().(type) {
	case time.Duration:
		return fmt.Sprintf("%s is %s, which is no duration; write %s", flag.Name, shown,
			durationLike(text, flag.Default))
	case bool:
		return fmt.Sprintf("%s is %s; it must be true or false", flag.Name, shown)
	case int, int64:
		return fmt.Sprintf("%s is %s, which is no whole number that fits; write a number alone, such "+
			"as %s", flag.Name, shown, numberLike(text, flag.Default))
	case float64:
		return fmt.Sprintf("%s is %s, which is no number; write a number alone, such as %s", flag.Name,
			shown, numberLike(text, flag.Default))
	}
	return fmt.Sprintf("%s cannot be %s: %s", flag.Name, shown, err)
}

// stand is a value that the flag takes, which stands in for one that it does not.
func stand(flag *kong.Flag) string {
	switch {
	case flag.Default != "":
		return flag.Default
	case flag.Enum != "":
		return flag.EnumSlice()[0]
	}
	switch flag.Target.Interface().(type) {
	case time.Duration:
		return "0s"
	case bool:
		return "false"
	case int, int64, float64:
		return "0"
	}
	return ""
}

var (
	quantity = regexp.MustCompile(`^\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)\.?\s*$`)
	digits   = regexp.MustCompile(`\d+`)
)

// units are how people write the units of durations. A day is not one of Go's.
var units = map[string]time.Duration{
	"ms": time.Millisecond, "msec": time.Millisecond, "millisecond": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// durationLike is the duration that text seems to mean, or else an example of one.
func durationLike(text, standard string) string {
	if standard == "" {
		standard = "90s"
	}
	parts := quantity.FindStringSubmatch(text)
	if parts == nil {
		return "it as " + standard + ", with ms, s, m or h"
	}
	if parts[2] == "" {
		return fmt.Sprintf("its unit too, such as %ss, %sm or %sh", parts[1], parts[1], parts[1])
	}
	name := strings.ToLower(parts[2])
	unit, ok := units[name]
	if !ok {
		unit, ok = units[strings.TrimSuffix(name, "s")]
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	if meant := number * float64(unit); ok && err == nil && meant < float64(1<<62) {
		return short(time.Duration(meant))
	}
	return "it as " + standard + ", with ms, s, m or h"
}

// short writes a duration without the zeros behind it: 1h, not 1h0m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// numberLike is a number to write in the place of text.
func numberLike(text, standard string) string {
	if standard != "" && standard != "0" {
		return standard
	}
	if found := digits.FindString(text); found != "" && len(found) < 10 {
		return found
	}
	return "10"
}
