package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/ioutil"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const members, connections, channels = 3, 16, 256

var folder = os.Getenv("FOLDER")

func start(member int) *exec.Cmd {
	own := fmt.Sprintf("%s/r%d", folder, member)
	process := exec.Command("/usr/lib/rabbitmq/bin/rabbitmq-server")
	process.Env = environment(member)
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	log, err := os.Create(own + ".log")
	check(err)
	process.Stdout, process.Stderr = log, log
	check(process.Start())
	return process
}

func environment(member int) []string {
	own := fmt.Sprintf("%s/r%d", folder, member)
	overTLS := "-proto_dist inet_tls -ssl_dist_optfile " + folder + "/dist.conf"
	return append(os.Environ(), "RUNNING_UNDER_SYSTEMD=1",
		fmt.Sprintf("RABBITMQ_NODENAME=r%d@localhost", member),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", number("PORT")+20+member),
		"RABBITMQ_MNESIA_BASE="+own, "RABBITMQ_LOG_BASE="+own, "RABBITMQ_CONFIG_FILE="+own+"/rabbitmq.conf",
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_ADVANCED_CONFIG_FILE="+own+"/none.config",
		"RABBITMQ_ENABLED_PLUGINS_FILE="+own+"/enabled_plugins", "RABBITMQ_PID_FILE="+own+"/pid",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+overTLS+" -kernel inet_dist_use_interface {127,0,0,1}",
		"RABBITMQ_CTL_ERL_ARGS="+overTLS)
}

// The node that leads the queue, as the node `via` says.
func leader(via int) int {
	question := `{ok,Q}=rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>,queue,<<"q">>)), {_,N}=amqqueue:get_pid(Q), N.`
	for attempt := 0; attempt < 20; attempt++ {
		tool := exec.Command("/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", fmt.Sprintf("r%d@localhost", via), "eval", question)
		tool.Env = environment(via)
		answer, _ := tool.CombinedOutput()
		for member := 0; member < members; member++ {
			if strings.Contains(string(answer), fmt.Sprintf("r%d@localhost", member)) && !strings.Contains(string(answer), "rror") {
				return member
			}
		}
		time.Sleep(300 * time.Millisecond)
	}
	panic("the queue has no leader")
}

func fail(processes []*exec.Cmd) {
	var open [members]*amqp.Channel
	prepare := func(member int) {
		channel, err := connect(member).Channel()
		check(err)
		check(channel.Confirm(false))
		open[member] = channel
	}
	for member := range open {
		prepare(member)
	}
	last := 0
	failing{
		leader: func() int {
			last = leader((last + 1) % members)
			return last
		},
		write: func(member int) error { return publish(open[member], "yes") },
		hit: func(member int, signal syscall.Signal) { syscall.Kill(-processes[member].Process.Pid, signal) },
		restart: func(member int) {
			processes[member].Wait()
			processes[member] = start(member)
			prepare(member)
			time.Sleep(2 * time.Second)
		}}.run()
}

func connect(member int) *amqp.Connection {
	pair, err := tls.LoadX509KeyPair(folder+"/n.pem", folder+"/n.key")
	check(err)
	authority, err := ioutil.ReadFile(folder + "/ca.pem")
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	settings := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}
	address := fmt.Sprintf("amqps://guest:guest@127.0.0.1:%d/", number("PORT")+member)
	for attempt := 0; attempt < 400; attempt++ {
		connection, err := amqp.DialTLS(address, settings)
		if err == nil {
			return connection
		}
		time.Sleep(200 * time.Millisecond)
	}
	panic("RabbitMQ does not answer")
}

func declare(connection *amqp.Connection) error {
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	defer channel.Close()
	_, err = channel.QueueDeclare("q", true, false, false, false,
		amqp.Table{"x-queue-type": "quorum", "x-quorum-initial-group-size": members})
	return err
}

func publish(channel *amqp.Channel, value string) error {
	confirmation, err := channel.PublishWithDeferredConfirmWithContext(context.Background(), "", "q", false, false,
		amqp.Publishing{DeliveryMode: 2, Body: []byte(value)})
	if err == nil && !confirmation.Wait() {
		return errors.New("not confirmed")
	}
	return err
}

func main() {
	var processes []*exec.Cmd
	for member := 0; member < members; member++ {
		processes = append(processes, start(member))
	}
	defer func() {
		for _, process := range processes {
			syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
			process.Wait()
		}
	}()
	for member := 1; member < members; member++ {
		connect(member).Close()
	}
	first := connect(0)
	time.Sleep(time.Second)
	for attempt := 0; ; attempt++ {
		err := declare(first)
		if err == nil {
			break
		}
		if attempt > 40 {
			panic(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	if os.Getenv("FAULT") != "" {
		fail(processes)
		return
	}
	values := readPayloads()
	// The queue's leader is on the node that declared it: clients connect to the leader, as those of etcd do.
	var pool []*amqp.Connection
	for len(pool) < connections {
		pool = append(pool, connect(0))
	}
	var open []*amqp.Channel
	for len(open) < channels {
		channel, err := pool[len(open)%connections].Channel()
		check(err)
		check(channel.Confirm(false))
		open = append(open, channel)
	}
	purge := func() {
		channel, err := first.Channel()
		check(err)
		channel.QueuePurge("q", false)
		channel.Close()
	}
	round(purge, func(writer, number int) error { return publish(open[writer], values.at(number)) })
}
