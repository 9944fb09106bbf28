package deploy

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/promql/parser"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// ruleFile is what Prometheus reads of a file of rules.
type ruleFile struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	} `json:"groups"`
}

type rule struct {
	Alert       string            `json:"alert"`
	Record      string            `json:"record"`
	Expr        string            `json:"expr"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// decode reads a YAML file.
func decode(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, file)), into); err != nil {
		t.Fatal(err)
	}
}

// rules returns the recording rules and the alerts.
func rules(t *testing.T) (records, alerts []rule) {
	t.Helper()
	var file ruleFile
	decode(t, "prometheus/rules.yaml", &file)
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			if r.Alert != "" {
				alerts = append(alerts, r)
			} else {
				records = append(records, r)
			}
		}
	}
	if len(records) == 0 || len(alerts) == 0 {
		t.Fatalf("%d recording rules, %d alerts", len(records), len(alerts))
	}
	return records, alerts
}

// TestAlertCases: promtool's tests have, for each alert, a case in which it fires and one in which it
// keeps silent although its series are there.
func TestAlertCases(t *testing.T) {
	var file struct {
		Tests []struct {
			AlertRuleTest []struct {
				AlertName string           `json:"alertname"`
				ExpAlerts []map[string]any `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		} `json:"tests"`
	}
	decode(t, "prometheus/rules_test.yaml", &file)
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, at := range test.AlertRuleTest {
			if len(at.ExpAlerts) > 0 {
				fires[at.AlertName] = true
			} else {
				silent[at.AlertName] = true
			}
		}
	}
	_, alerts := rules(t)
	for _, alert := range alerts {
		if !fires[alert.Alert] || !silent[alert.Alert] {
			t.Errorf("%s: a case in which it fires: %v, one in which it does not: %v", alert.Alert,
				fires[alert.Alert], silent[alert.Alert])
		}
	}
}

// TestRunbook: every alert leads to a section of its own, with the four parts that one needs at night,
// and every section is an alert's.
func TestRunbook(t *testing.T) {
	const address = "https://github.com/lectern-project/lectern/blob/main/docs/runbook.md#"
	sections := map[string]string{}
	for _, section := range strings.Split(read(t, "../docs/runbook.md"), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = text
	}
	_, alerts := rules(t)
	var names []string
	for _, alert := range alerts {
		names = append(names, alert.Alert)
		if got, want := alert.Annotations["runbook_url"], address+anchor(alert.Alert); got != want {
			t.Errorf("%s leads to %q, want %q", alert.Alert, got, want)
		}
		if alert.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", alert.Alert)
		}
		if severity := alert.Labels["severity"]; severity != "page" && severity != "ticket" {
			t.Errorf("%s has the severity %q", alert.Alert, severity)
		}
		at := 0
		for _, part := range []string{"**Means:**", "**Readers see:**", "**Look at:**", "**Do:**"} {
			found := strings.Index(sections[alert.Alert], part)
			if found < at {
				t.Errorf("the section %s does not have %s where it belongs", alert.Alert, part)
			}
			at = max(found, at)
		}
	}
	var titles []string
	for title := range sections {
		titles = append(titles, title)
	}
	slices.Sort(names)
	slices.Sort(titles)
	if diff := cmp.Diff(names, titles); diff != "" {
		t.Errorf("alerts and sections differ (-alerts +sections):\n%s", diff)
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(read(t, "../docs/runbook.md"), -1) {
		if !slices.ContainsFunc(titles, func(title string) bool { return anchor(title) == link[1] }) {
			t.Errorf("the runbook has no section #%s", link[1])
		}
	}
}

// anchor is GitHub's for a heading of one word.
func anchor(heading string) string { return strings.ToLower(heading) }

// TestObjectives: the alerts burn what the objectives of docs/monitoring.md leave, and look at the
// series that it names.
func TestObjectives(t *testing.T) {
	text := read(t, "prometheus/rules.yaml")
	rows := regexp.MustCompile(`(?m)^\| (.+) \| ([\d.]+) % \| (.+) \|$`).
		FindAllStringSubmatch(read(t, "../docs/monitoring.md"), -1)
	budgets := map[string]string{"99.9": "0.001", "99.5": "0.005", "95": "0.05"}
	var want []string
	for _, row := range rows {
		budget := budgets[row[2]]
		if budget == "" {
			t.Fatalf("%q leaves a budget that this test does not know", row[0])
		}
		want = append(want, budget)
	}
	var got []string
	for _, burn := range regexp.MustCompile(`_rate1h > 14\.4 \* ([\d.]+) and`).FindAllStringSubmatch(text, -1) {
		got = append(got, burn[1])
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("the alerts burn other budgets (-objectives +alerts):\n%s", diff)
	}
	for _, budget := range got {
		if strings.Count(text, "> 14.4 * "+budget) < 2 || strings.Count(text, "> 6 * "+budget) < 2 ||
			strings.Count(text, "> 3 * "+budget) < 2 || strings.Count(text, "> "+budget) < 2 {
			t.Errorf("an objective with the budget %s lacks one of its windows", budget)
		}
	}
}

// TestQueries: Prometheus's own parser takes every query of rules and dashboards, and each metric in
// them is measured, as docs/metrics.md says, or recorded by a rule.
func TestQueries(t *testing.T) {
	known := map[string]bool{
		"up": true, "ALERTS": true, // Prometheus's own
		"probe_ssl_earliest_cert_expiry": true, // of the blackbox exporter
		// What client_golang says of every process.
		"process_resident_memory_bytes": true, "process_cpu_seconds_total": true,
		"go_gc_gomemlimit_bytes": true,
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (\\w+) \\|")
	for _, metric := range row.FindAllStringSubmatch(read(t, "../docs/metrics.md"), -1) {
		known[metric[1]] = true
		if metric[2] == "histogram" {
			known[metric[1]] = false
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[metric[1]+suffix] = true
			}
		}
	}
	queries := map[string]string{}
	records, alerts := rules(t)
	for _, r := range append(records, alerts...) {
		queries[r.Record+r.Alert] = r.Expr
		if r.Record != "" {
			known[r.Record] = true
		}
	}
	for file, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				queries[file+": "+p.Title+" "+target.RefID] = grafanaVariables.Replace(target.Expr)
			}
		}
	}
	if len(queries) < 100 {
		t.Errorf("only %d queries were found", len(queries))
	}
	promQL := parser.NewParser(parser.Options{})
	for where, query := range queries {
		expr, err := promQL.ParseExpr(query)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		selectors := 0
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			if s, ok := node.(*parser.VectorSelector); ok {
				selectors++
				if !known[s.Name] {
					t.Errorf("%s: nothing measures %q", where, s.Name)
				}
			}
			return nil
		})
		if selectors == 0 {
			t.Errorf("%s looks at no metric", where)
		}
	}
}

// TestChartRules: the chart's PrometheusRule has the same alerts, and its ServiceMonitor calls the job as
// they do.
func TestChartRules(t *testing.T) {
	all := objects(t, filepath.Join(chartFolder, "ci", "everything.yaml"))
	var got, want []string
	for _, group := range only[*monitoring.PrometheusRule](all)[0].Spec.Groups {
		for _, r := range group.Rules {
			got = append(got, r.Record+r.Alert+" "+r.Expr.StrVal+r.Annotations["summary"])
		}
	}
	records, alerts := rules(t)
	for _, r := range append(records, alerts...) {
		want = append(want, r.Record+r.Alert+" "+r.Expr+r.Annotations["summary"])
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-rules.yaml +chart):\n%s", diff)
	}
	label := only[*monitoring.ServiceMonitor](all)[0].Spec.JobLabel
	for _, service := range only[*core.Service](all) {
		if job := service.Labels[label]; job != "lectern" {
			t.Errorf("the job of %s is %q", service.Name, job)
		}
	}
}

// grafanaVariables stands in for Grafana, which fills these in.
var grafanaVariables = strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$job", ".*")

// TestProvisioned: Compose shows Prometheus and Grafana the files, Prometheus reads the rules and calls
// the job as they do.
func TestProvisioned(t *testing.T) {
	var compose struct {
		Services map[string]struct {
			Volumes     []string
			Environment map[string]string
		}
	}
	decode(t, "compose.yaml", &compose)
	for service, mounts := range map[string][]string{
		"prometheus": {"./prometheus:/etc/prometheus:ro"},
		"grafana": {
			"./grafana/provisioning:/etc/grafana/provisioning:ro",
			"./grafana/dashboards:/var/lib/grafana/dashboards:ro",
		},
	} {
		for _, mount := range mounts {
			if !slices.Contains(compose.Services[service].Volumes, mount) {
				t.Errorf("%s lacks the volume %s", service, mount)
			}
		}
	}
	var prometheus struct {
		RuleFiles     []string `json:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `json:"job_name"`
			StaticConfigs []struct{ Targets []string } `json:"static_configs"`
		} `json:"scrape_configs"`
	}
	decode(t, "prometheus/prometheus.yml", &prometheus)
	if diff := cmp.Diff([]string{"rules.yaml"}, prometheus.RuleFiles); diff != "" {
		t.Errorf("Prometheus reads other rules: %s", diff)
	}
	job := prometheus.ScrapeConfigs[0]
	port := compose.Services["lectern"].Environment["LECTERN_METRICS_LISTEN"]
	if job.JobName != "lectern" || job.StaticConfigs[0].Targets[0] != "lectern"+port {
		t.Errorf("Prometheus scrapes %+v, and Lectern listens at %q", job, port)
	}
	var providers struct {
		Providers []struct{ Options struct{ Path string } }
	}
	decode(t, "grafana/provisioning/dashboards/lectern.yaml", &providers)
	if path := providers.Providers[0].Options.Path; path != "/var/lib/grafana/dashboards" {
		t.Errorf("Grafana looks for dashboards in %s", path)
	}
}
