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
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const members, connections, channels = 3, 16, 256

var folder = os.Getenv("FOLDER")

func start(member int) *exec.Cmd {
	own := fmt.Sprintf("%s/r%d", folder, member)
	overTLS := "-proto_dist inet_tls -ssl_dist_optfile " + folder + "/dist.conf"
	process := exec.Command("/usr/lib/rabbitmq/bin/rabbitmq-server")
	process.Env = append(os.Environ(), "RUNNING_UNDER_SYSTEMD=1",
		fmt.Sprintf("RABBITMQ_NODENAME=r%d@localhost", member),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", number("PORT")+20+member),
		"RABBITMQ_MNESIA_BASE="+own, "RABBITMQ_LOG_BASE="+own, "RABBITMQ_CONFIG_FILE="+own+"/rabbitmq.conf",
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_ADVANCED_CONFIG_FILE="+own+"/none.config",
		"RABBITMQ_ENABLED_PLUGINS_FILE="+own+"/enabled_plugins", "RABBITMQ_PID_FILE="+own+"/pid",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+overTLS+" -kernel inet_dist_use_interface {127,0,0,1}",
		"RABBITMQ_CTL_ERL_ARGS="+overTLS)
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	log, err := os.Create(own + ".log")
	check(err)
	process.Stdout, process.Stderr = log, log
	check(process.Start())
	return process
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
	values := readPayloads()
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
