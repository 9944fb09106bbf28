//go:build failpoints

package replicas

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m, postgres.Migrate) }

// lease is short, so that writers that were stopped wake up after it.
const lease = 3 * time.Second

// world is everything that runs.
type world struct {
	t       *testing.T
	lectern string
	env     []string // of a command that talks to both stores directly
	servers [2]*process
	clients [2]*client.Client
	qdrant  *process
	ways    []*proxy.Proxy // between a server and a store

	armed                  atomic.Bool // servers kill themselves between two steps
	acknowledged, searches atomic.Int64
}

// TestFaultsReplicas kills, stops and cuts until there were LECTERN_KILLS kills (default 12), in
// rounds: after each the stores are audited and every page is looked at. LECTERN_SEED repeats
// what can be repeated: the choices, not the timing.
func TestFaultsReplicas(t *testing.T) {
	kills := number(t, "LECTERN_KILLS", 12)
	seed := number(t, "LECTERN_SEED", int(time.Now().UnixNano()&0xffffff))
	t.Logf("LECTERN_SEED=%d", seed)
	w := start(t, uint64(seed))
	var pages []*page
	for i := range 8 {
		pages = append(pages, newPage(fmt.Sprintf("page%c", 'a'+i)))
	}
	end := time.Now().Add(25 * time.Minute)
	for round := uint64(0); w.kills() < kills; round++ {
		if time.Now().After(end) {
			t.Fatalf("only %d kills", w.kills())
		}
		w.round(uint64(seed)+round, pages, min(kills, w.kills()+25))
		if t.Failed() {
			t.Fatalf("after %d kills, LECTERN_SEED=%d", w.kills(), seed)
		}
	}
	t.Logf("%d kills, %d writes acknowledged, %d answers judged", w.kills(),
		w.acknowledged.Load(), w.searches.Load())
}

// round lets clients write and read while things break, then mends everything and looks.
func (w *world) round(seed uint64, pages []*page, kills int) {
	ctx, stop := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for i := range 4 {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		clients.Go(func() { w.write(ctx, random, pages[2*i:2*i+2]) })
	}
	for i := range 2 {
		random := rand.New(rand.NewPCG(seed, uint64(10+i)))
		clients.Go(func() { w.read(ctx, random, pages) })
	}
	w.armed.Store(true)
	random := rand.New(rand.NewPCG(seed, 20))
	for w.kills() < kills && !w.t.Failed() {
		w.harm(random)
	}
	w.armed.Store(false)
	stop()
	clients.Wait()
	w.mend()
	w.doctor()
	w.check(context.Background(), pages)
}

// harm does one bad thing.
func (w *world) harm(random *rand.Rand) {
	server := random.IntN(2)
	way := w.ways[random.IntN(len(w.ways))]
	switch random.IntN(9) {
	case 0, 1, 2, 3:
		w.servers[server].signal(syscall.SIGKILL)
	case 4:
		w.qdrant.signal(syscall.SIGKILL)
	case 5:
		w.servers[server].signal(syscall.SIGSTOP)
		time.Sleep(time.Duration(random.Int64N(int64(2 * lease))))
		w.servers[server].signal(syscall.SIGCONT)
	case 6:
		way.Cut()
	case 7:
		way.LoseAnswers()
	case 8:
		way.Refuse(true)
		time.Sleep(time.Duration(random.Int64N(int64(time.Second))))
		way.Refuse(false)
	}
	time.Sleep(time.Duration(random.Int64N(int64(time.Second))))
}

// mend gives both servers a life without failpoints, and waits until everything answers.
func (w *world) mend() {
	for _, s := range w.servers {
		s.signal(syscall.SIGKILL)
	}
	w.qdrant.await(w.t)
	time.Sleep(100 * time.Millisecond)
	for _, s := range w.servers {
		s.await(w.t)
	}
}

// doctor audits both stores; what is under way counts only if it stays wrong.
func (w *world) doctor() {
	cmd := exec.Command(w.lectern, "doctor", "--json")
	cmd.Env = w.env
	out, code, err := outputOf(cmd)
	if code != 0 || err != nil {
		w.t.Errorf("doctor ends with %d: %s %v", code, out, err)
	}
}

func (w *world) kills() int {
	_, sum := w.qdrant.count()
	for _, s := range w.servers {
		_, n := s.count()
		sum += n
	}
	return sum
}

func (w *world) lives() (lives [2]int) {
	for i, s := range w.servers {
		lives[i], _ = s.count()
	}
	return lives
}

// start builds the programs and brings everything up.
func start(t *testing.T, seed uint64) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, lectern: build(t, dir, "lectern", "../../../cmd/lectern")}
	stub := build(t, dir, "qdrantstub", "../../vector/qdrant/qdranttest/qdrantstub")
	qdrantPort := freePort(t)
	w.qdrant = &process{
		name: "qdrantstub",
		start: func() *exec.Cmd {
			return exec.Command(stub, "--listen", qdrantPort, "--file", filepath.Join(dir, "points"),
				"--faults", "0.01", "--seed", strconv.FormatUint(seed, 10))
		},
		ready: func() bool { return answers(qdrantPort) },
	}
	keep(t, w.qdrant)
	w.qdrant.await(t)
	database := pgtest.Migrated(t)
	w.env = settings(database, qdrantPort)
	key := w.makeKey()
	for i := range w.servers {
		w.serve(i, seed, database, qdrantPort, key)
	}
	return w
}

// serve keeps a server, whose ways to the stores are its own.
func (w *world) serve(i int, seed uint64, database, qdrantPort, key string) {
	w.t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		w.t.Fatal(err)
	}
	toDatabase, toQdrant := proxy.Start(w.t, u.Host), proxy.Start(w.t, qdrantPort)
	w.ways = append(w.ways, toDatabase, toQdrant)
	u.Host = toDatabase.Address()
	address := freePort(w.t)
	random := rand.New(rand.NewPCG(seed, uint64(30+i)))
	w.servers[i] = &process{
		name: fmt.Sprintf("server %d", i),
		start: func() *exec.Cmd {
			cmd := exec.Command(w.lectern, "serve", "--listen", address)
			cmd.Env = settings(u.String(), toQdrant.Address())
			if w.armed.Load() && random.IntN(2) == 0 {
				cmd.Env = append(cmd.Env, fmt.Sprintf("%s=*=%d", failpoint.Variable,
					1+random.IntN(200)))
			}
			return cmd
		},
		ready: func() bool {
			response, err := http.Get("http://" + address + "/api/ready")
			if err != nil {
				return false
			}
			defer response.Body.Close()
			return response.StatusCode == http.StatusOK
		},
	}
	keep(w.t, w.servers[i])
	if w.clients[i], err = client.New("http://"+address, key, nil); err != nil {
		w.t.Fatal(err)
	}
	w.servers[i].await(w.t)
}

func settings(database, qdrant string) []string {
	return environment(
		"LECTERN_DATABASE_URL="+database, "LECTERN_QDRANT_URL=http://"+qdrant,
		"LECTERN_SIGNING_KEY=0123456789abcdef0123456789abcdef", "LECTERN_LOG_LEVEL=error",
		failpoint.DurationVariable+"=ingest.lease="+lease.String())
}

func (w *world) makeKey() string {
	w.t.Helper()
	cmd := exec.Command(w.lectern, "key", "create", "--permission", "ingest", "--json")
	cmd.Env = w.env
	out, _, err := outputOf(cmd)
	var made struct{ Key string }
	if err == nil {
		err = json.Unmarshal(out, &made)
	}
	if err != nil || made.Key == "" {
		w.t.Fatalf("no key: %v %s", err, out)
	}
	return made.Key
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s=%q is no number", variable, value)
	}
	return n
}
