package main

import (
	"fmt"
	"io/ioutil"
	"os"
	"time"

	"github.com/hashicorp/memberlist"
)

// reports prints the lines that our member prints: what, of whom, unix nanoseconds. Nobody leaves here, so who is gone died.
type reports struct{}

func report(what, who string)                      { fmt.Println(what, who, time.Now().UnixNano()) }
func (reports) NotifyJoin(node *memberlist.Node)   { report("joined", node.Name) }
func (reports) NotifyLeave(node *memberlist.Node)  { report("died", node.Name) }
func (reports) NotifyUpdate(node *memberlist.Node) {}

// One member with the defaults for a LAN and encrypted gossip. Environment: MEMBER (from 1), MEMBERS, PORT (of the first),
// LIFEGUARD (0: neither local health nor suspicions that shorten).
func main() {
	member, port := number("MEMBER"), number("PORT")
	config := memberlist.DefaultLANConfig()
	config.Name = fmt.Sprintf("n%02d", member)
	config.BindAddr, config.AdvertiseAddr = "127.0.0.1", "127.0.0.1"
	config.BindPort, config.AdvertisePort = port+member-1, port+member-1
	config.Events = reports{}
	config.LogOutput = ioutil.Discard
	config.SecretKey = []byte("a key of 16 byte")
	if os.Getenv("LIFEGUARD") == "0" {
		config.AwarenessMaxMultiplier = 1
		config.SuspicionMaxTimeoutMult = 1
	}
	list, err := memberlist.Create(config)
	check(err)
	var others []string
	for other := 1; other <= number("MEMBERS"); other++ {
		if other != member {
			others = append(others, fmt.Sprintf("127.0.0.1:%d", port+other-1))
		}
	}
	for reached := 0; reached == 0; time.Sleep(100 * time.Millisecond) {
		reached, _ = list.Join(others)
	}
	select {}
}
