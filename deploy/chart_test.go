package deploy

import (
	"io"
	"log"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	security "k8s.io/pod-security-admission/api"
	evaluation "k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

const chartFolder = "helm/lectern"

// TestMain keeps Helm from telling about each file that it reads.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	log.SetOutput(io.Discard)
	m.Run()
}

// kinds makes an empty object of each kind that the chart may render.
var kinds = map[string]func() any{
	"Deployment":              func() any { return &apps.Deployment{} },
	"Job":                     func() any { return &batch.Job{} },
	"Service":                 func() any { return &core.Service{} },
	"Ingress":                 func() any { return &networking.Ingress{} },
	"NetworkPolicy":           func() any { return &networking.NetworkPolicy{} },
	"HorizontalPodAutoscaler": func() any { return &autoscaling.HorizontalPodAutoscaler{} },
	"PodDisruptionBudget":     func() any { return &policy.PodDisruptionBudget{} },
	"ServiceMonitor":          func() any { return &monitoring.ServiceMonitor{} },
	"PrometheusRule":          func() any { return &monitoring.PrometheusRule{} },
}

// values reads a file of values.
func values(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := yaml.UnmarshalStrict(text, &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

// render returns what the templates make of values, by template, or what is wrong with the values.
func render(t *testing.T, values map[string]any) (map[string]string, error) {
	t.Helper()
	chart, err := loader.Load(chartFolder)
	if err != nil {
		t.Fatal(err)
	}
	all, err := util.ToRenderValues(chart, values, common.ReleaseOptions{
		Name: "book", Namespace: "docs", Revision: 1, IsInstall: true,
	}, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(chart, all)
}

// objects are what the chart renders, decoded without a field that Kubernetes does not know.
func objects(t *testing.T, file string) []any {
	t.Helper()
	rendered, err := render(t, values(t, file))
	if err != nil {
		t.Fatal(err)
	}
	var found []any
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if strings.HasSuffix(name, "NOTES.txt") {
			continue
		}
		for text := range strings.SplitSeq(rendered[name], "\n---\n") {
			var head struct{ Kind string }
			if err := yaml.Unmarshal([]byte(text), &head); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			if head.Kind == "" {
				continue // left out
			}
			empty := kinds[head.Kind]
			if empty == nil {
				t.Fatalf("%s: nobody here knows the kind %q", name, head.Kind)
			}
			object := empty()
			if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			found = append(found, object)
		}
	}
	return found
}

// only returns the objects of one type.
func only[T any](all []any) []T {
	var found []T
	for _, object := range all {
		if o, ok := object.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// eachValues runs a test over every file of values.
func eachValues(t *testing.T, test func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chartFolder, "ci", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of values: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { test(t, file) })
	}
}

func TestChartLints(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		for _, m := range lint.RunAll(chartFolder, values(t, file), "docs").Messages {
			if m.Severity > support.InfoSev {
				t.Error(m)
			}
		}
	})
}

func TestChartKinds(t *testing.T) {
	least := []string{"Deployment", "Service", "Service"}
	for file, want := range map[string][]string{
		"nothing-extra": least,
		"least":         append([]string{"Job", "NetworkPolicy", "PodDisruptionBudget"}, least...),
		"everything": append([]string{
			"Job", "NetworkPolicy", "PodDisruptionBudget", "Ingress", "HorizontalPodAutoscaler",
			"ServiceMonitor", "PrometheusRule",
		}, least...),
	} {
		var got []string
		for _, object := range objects(t, filepath.Join(chartFolder, "ci", file+".yaml")) {
			text, err := yaml.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			var head struct{ Kind string }
			if err := yaml.Unmarshal(text, &head); err != nil {
				t.Fatal(err)
			}
			got = append(got, head.Kind)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestChartPods: every pod is admitted where Kubernetes enforces the restricted standard, is
// bounded in memory, writes nowhere and has no secret in its description.
func TestChartPods(t *testing.T) {
	evaluator, err := evaluation.NewEvaluator(evaluation.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := security.LevelVersion{Level: security.LevelRestricted, Version: security.LatestVersion()}
	eachValues(t, func(t *testing.T, file string) {
		all := objects(t, file)
		pods := []core.PodTemplateSpec{only[*apps.Deployment](all)[0].Spec.Template}
		for _, job := range only[*batch.Job](all) {
			pods = append(pods, job.Spec.Template)
		}
		for _, pod := range pods {
			for _, r := range evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
				if !r.Allowed {
					t.Errorf("%s: %s", r.ForbiddenReason, r.ForbiddenDetail)
				}
			}
			if token := pod.Spec.AutomountServiceAccountToken; token == nil || *token {
				t.Error("the pod has a token of Kubernetes")
			}
			if links := pod.Spec.EnableServiceLinks; links == nil || *links {
				t.Error("a service called lectern would set variables of ours")
			}
			for _, c := range pod.Spec.Containers {
				checkContainer(t, c)
			}
		}
	})
}

func checkContainer(t *testing.T, c core.Container) {
	t.Helper()
	if !*c.SecurityContext.ReadOnlyRootFilesystem {
		t.Error("the root file system is writable")
	}
	for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory} {
		if _, there := c.Resources.Requests[name]; !there {
			t.Errorf("no %s is requested", name)
		}
	}
	if c.Resources.Limits.Memory().IsZero() {
		t.Error("memory has no limit")
	}
	if _, tag, _ := strings.Cut(c.Image, ":"); tag == "" || tag == "latest" {
		t.Errorf("the image %s may change", c.Image)
	}
	for _, e := range c.Env {
		for _, secret := range []string{"DATABASE_URL", "KEY"} {
			if strings.HasSuffix(e.Name, secret) {
				t.Errorf("the secret %s is in a variable", e.Name)
			}
		}
	}
}

// TestChartProbes: a replica is alive while it answers, and gets requests once it was ready and until
// it is to stop.
func TestChartProbes(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		c := only[*apps.Deployment](objects(t, file))[0].Spec.Template.Spec.Containers[0]
		for probe, want := range map[*core.Probe]string{
			c.StartupProbe: "/api/health", c.ReadinessProbe: "/api/ready?degraded=true",
			c.LivenessProbe: "/api/health",
		} {
			if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != want ||
				probe.HTTPGet.Port.StrVal != c.Ports[0].Name {
				t.Errorf("%+v is no probe of %s", probe, want)
			}
		}
	})
}

// TestChartDrain: proxies have time to see that a replica is to stop, and Kubernetes waits for longer
// than the replica takes.
func TestChartDrain(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		pod := only[*apps.Deployment](objects(t, file))[0].Spec.Template.Spec
		c := pod.Containers[0]
		delay, grace := flagOf(t, c.Args, "--drain-delay"), flagOf(t, c.Args, "--drain-grace")
		patience := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second
		if least := delay + grace + lastWords; patience <= least {
			t.Errorf("killed after %v, and it may take %v", patience, least)
		}
		probe := c.ReadinessProbe
		if seen := probe.PeriodSeconds * probe.FailureThreshold; delay <= time.Duration(seen)*time.Second {
			t.Errorf("%v pass before a probe sees it, and the delay is %v", seen, delay)
		}
	})
}

// lastWords is what internal/app gives requests whose grace is over.
const lastWords = 5 * time.Second

// flagOf returns the duration that a flag gives.
func flagOf(t *testing.T, args []string, flag string) time.Duration {
	t.Helper()
	for _, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			d, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	t.Fatalf("no %s in %v", flag, args)
	return 0
}

// TestChartFits: what selects, selects what it should, and ports are there.
func TestChartFits(t *testing.T) {
	eachValues(t, func(t *testing.T, file string) {
		all := objects(t, file)
		d := only[*apps.Deployment](all)[0]
		server := labels.Set(d.Spec.Template.Labels)
		var migration labels.Set
		for _, job := range only[*batch.Job](all) {
			migration = job.Spec.Template.Labels
			if hook := job.Annotations["helm.sh/hook"]; hook != "pre-install,pre-upgrade" {
				t.Errorf("the migration runs %q", hook)
			}
		}
		selects := func(what string, selector map[string]string) {
			t.Helper()
			s := labels.SelectorFromSet(selector)
			if !s.Matches(server) {
				t.Errorf("%s does not select the server", what)
			}
			if migration != nil && s.Matches(migration) {
				t.Errorf("%s selects the migration", what)
			}
		}
		selects("the deployment", d.Spec.Selector.MatchLabels)
		for _, s := range only[*core.Service](all) {
			selects("service "+s.Name, s.Spec.Selector)
			for _, port := range s.Spec.Ports {
				if !slices.ContainsFunc(d.Spec.Template.Spec.Containers[0].Ports,
					func(p core.ContainerPort) bool { return p.Name == port.TargetPort.StrVal }) {
					t.Errorf("service %s: no port %s", s.Name, port.TargetPort.StrVal)
				}
			}
		}
		for _, p := range only[*policy.PodDisruptionBudget](all) {
			selects("the disruption budget", p.Spec.Selector.MatchLabels)
		}
		for _, n := range only[*networking.NetworkPolicy](all) {
			s := labels.SelectorFromSet(n.Spec.PodSelector.MatchLabels)
			if !s.Matches(server) || migration != nil && !s.Matches(migration) {
				t.Error("the network policy leaves a pod out")
			}
		}
		checkReferences(t, all)
	})
}

// TestChartTraces: what is said of traces reaches the server as OpenTelemetry reads it.
func TestChartTraces(t *testing.T) {
	for file, want := range map[string]string{"everything.yaml": "0.01", "least.yaml": ""} {
		all := objects(t, filepath.Join(chartFolder, "ci", file))
		got := ""
		for _, e := range only[*apps.Deployment](all)[0].Spec.Template.Spec.Containers[0].Env {
			if e.Name == "OTEL_TRACES_SAMPLER_ARG" {
				got = e.Value
			}
		}
		if got != want {
			t.Errorf("%s: OTEL_TRACES_SAMPLER_ARG is %q, want %q", file, got, want)
		}
	}
}

func checkReferences(t *testing.T, all []any) {
	t.Helper()
	d := only[*apps.Deployment](all)[0]
	services := only[*core.Service](all)
	for _, h := range only[*autoscaling.HorizontalPodAutoscaler](all) {
		if h.Spec.ScaleTargetRef.Name != d.Name || d.Spec.Replicas != nil {
			t.Errorf("%s scales %s, which has %v replicas", h.Name, h.Spec.ScaleTargetRef.Name,
				d.Spec.Replicas)
		}
	}
	for _, i := range only[*networking.Ingress](all) {
		backend := i.Spec.Rules[0].HTTP.Paths[0].Backend.Service
		if backend.Name != services[0].Name || backend.Port.Name != services[0].Spec.Ports[0].Name {
			t.Errorf("the ingress leads to %+v", backend)
		}
	}
	for _, m := range only[*monitoring.ServiceMonitor](all) {
		s := labels.SelectorFromSet(m.Spec.Selector.MatchLabels)
		if s.Matches(labels.Set(services[0].Labels)) || !s.Matches(labels.Set(services[1].Labels)) ||
			m.Spec.Endpoints[0].Port != services[1].Spec.Ports[0].Name {
			t.Errorf("the monitor selects %+v", m.Spec.Selector)
		}
	}
	for _, r := range only[*monitoring.PrometheusRule](all) {
		if len(r.Spec.Groups) == 0 || len(r.Spec.Groups[0].Rules) == 0 {
			t.Error("there are no rules")
		}
	}
}

func TestChartRefuses(t *testing.T) {
	qdrant := map[string]any{"qdrant-url": "http://qdrant:6334"}
	for want, values := range map[string]map[string]any{
		"/settings/qdrant-url":                 {},
		"/settings/database-url":               {"settings": map[string]any{"qdrant-url": "http://q", "database-url": "x"}},
		"/settings/models":                     {"settings": map[string]any{"qdrant-url": "http://q", "models": []any{"x"}}},
		"ingress.host":                         {"settings": qdrant, "ingress": map[string]any{"enabled": true}},
		"/secrets/signing-key":                 {"settings": qdrant, "secrets": map[string]any{"signing-key": "in clear"}},
		"/openTelemetry/EXPORTER_OTLP_HEADERS": {"settings": qdrant, "openTelemetry": map[string]any{"EXPORTER_OTLP_HEADERS": "in clear"}},
		"/image/digest":                        {"settings": qdrant, "image": map[string]any{"digest": "md5:0"}},
		"additional properties 'x'":            {"settings": qdrant, "image": map[string]any{"x": "y"}},
	} {
		if _, err := render(t, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", values, err, want)
		}
	}
}
