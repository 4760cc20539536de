package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/ioutil"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/etcd/clientv3"
	"google.golang.org/grpc/grpclog"
)

const members, connections = 3, 16

var folder = os.Getenv("FOLDER")

func clientURL(member int) string {
	return fmt.Sprintf("https://127.0.0.1:%d", number("PORT")+2*member)
}
func peerURL(member int) string {
	return fmt.Sprintf("https://127.0.0.1:%d", number("PORT")+2*member+1)
}

func start(member int) *exec.Cmd {
	var cluster []string
	for other := 0; other < members; other++ {
		cluster = append(cluster, fmt.Sprintf("n%d=%s", other, peerURL(other)))
	}
	name := fmt.Sprintf("n%d", member)
	process := exec.Command("etcd", "--name", name, "--data-dir", folder+"/"+name,
		"--listen-client-urls", clientURL(member), "--advertise-client-urls", clientURL(member),
		"--listen-peer-urls", peerURL(member), "--initial-advertise-peer-urls", peerURL(member),
		"--initial-cluster", strings.Join(cluster, ","), "--log-level", "error",
		"--heartbeat-interval", or("HEARTBEAT", "100"), "--election-timeout", or("ELECTION", "1000"),
		"--quota-backend-bytes", "4000000000", "--snapshot-count", "100000",
		"--cert-file", folder+"/n.pem", "--key-file", folder+"/n.key", "--trusted-ca-file", folder+"/ca.pem",
		"--client-cert-auth", "--peer-cert-file", folder+"/n.pem", "--peer-key-file", folder+"/n.key",
		"--peer-trusted-ca-file", folder+"/ca.pem", "--peer-client-cert-auth")
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	process.Stderr, _ = os.Create(folder + "/" + name + ".log")
	check(process.Start())
	return process
}

func credentials() *tls.Config {
	pair, err := tls.LoadX509KeyPair(folder+"/n.pem", folder+"/n.key")
	check(err)
	authority, err := ioutil.ReadFile(folder + "/ca.pem")
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}
}

func connect(member int) *clientv3.Client {
	client, err := clientv3.New(clientv3.Config{
		Endpoints: []string{clientURL(member)}, DialTimeout: 5 * time.Second, TLS: credentials()})
	check(err)
	return client
}

// leaderChanges is what each member says that it has seen.
func leaderChanges() []int {
	web := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: credentials()}}
	var seen []int
	for member := 0; member < members; member++ {
		answer, err := web.Get(clientURL(member) + "/metrics")
		check(err)
		text, err := ioutil.ReadAll(answer.Body)
		check(err)
		answer.Body.Close()
		count := -1
		for _, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "etcd_server_leader_changes_seen_total ") {
				value, err := strconv.ParseFloat(strings.Fields(line)[1], 64)
				check(err)
				count = int(value)
			}
		}
		if count < 0 {
			panic("etcd does not tell how often its leader changed")
		}
		seen = append(seen, count)
	}
	return seen
}

// load writes from 256 writers, and prints how many changes of leader the member saw that saw most.
func load(write func(writer, number int) error) {
	closedLoop("warm", 64, 5*time.Second, write)
	before := leaderChanges()
	line := closedLoop("load", 256, time.Duration(number("LOAD_SECONDS"))*time.Second, write)
	changes := 0
	for member, seen := range leaderChanges() {
		if seen-before[member] > changes {
			changes = seen - before[member]
		}
	}
	fmt.Printf("{%s,\"leaderChanges\":%d}\n", line, changes)
}

func put(client *clientv3.Client, key, value string) error {
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := client.Put(limit, key, value)
	return err
}

func or(name, standard string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return standard
}

func fail(processes []*exec.Cmd) {
	var clients []*clientv3.Client
	for member := 0; member < members; member++ {
		clients = append(clients, connect(member))
	}
	write := func(member int) error {
		limit, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_, err := clients[member].Put(limit, "failover", "yes")
		return err
	}
	for member := range clients {
		for write(member) != nil {
			time.Sleep(50 * time.Millisecond)
		}
	}
	failing{leader: leader, write: write,
		hit: func(member int, signal syscall.Signal) { processes[member].Process.Signal(signal) },
		restart: func(member int) {
			processes[member].Wait()
			processes[member] = start(member)
			for attempt := 0; attempt < 100 && write(member) != nil; attempt++ {
				time.Sleep(50 * time.Millisecond)
			}
		}}.run()
}

func leader() int {
	for attempt := 0; attempt < 200; attempt++ {
		for member := 0; member < members; member++ {
			client := connect(member)
			limit, cancel := context.WithTimeout(context.Background(), time.Second)
			status, err := client.Status(limit, clientURL(member))
			cancel()
			client.Close()
			if err == nil && status.Leader == status.Header.MemberId {
				return member
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	panic("etcd has no leader")
}

func main() {
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(ioutil.Discard, ioutil.Discard, ioutil.Discard))
	var processes []*exec.Cmd
	for member := 0; member < members; member++ {
		processes = append(processes, start(member))
	}
	defer func() {
		for _, process := range processes {
			process.Process.Kill()
			process.Wait()
		}
	}()
	if os.Getenv("FAULT") != "" {
		fail(processes)
		return
	}
	first := leader()
	var clients []*clientv3.Client
	for len(clients) < connections {
		clients = append(clients, connect(first))
	}
	for put(clients[0], "ready", "yes") != nil {
		time.Sleep(50 * time.Millisecond)
	}
	// Each writer overwrites a key of its own, as ours overwrites a register of its own.
	write := func(value string, writer int) error {
		return put(clients[writer%connections], fmt.Sprintf("register/%d", writer), value)
	}
	if os.Getenv("LOAD_SECONDS") != "" {
		value := strings.Repeat("x", payloadBytes)
		load(func(writer, _ int) error { return write(value, writer) })
		return
	}
	values := readPayloads()
	round(func() {}, func(writer, number int) error { return write(values.at(number), writer) })
}
