package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// A peer whose leader is taken away again and again.
type failing struct {
	leader  func() int
	write   func(member int) error
	hit     func(member int, signal syscall.Signal)
	restart func(member int)
}

// Milliseconds from each fault (FAULT: crash or stop) to the first acknowledgement of a write that was sent after it;
// both survivors get one every 10 ms, overlapping. Prints them as one line of JSON.
func (peer failing) run() {
	signal := syscall.SIGKILL
	if os.Getenv("FAULT") == "stop" {
		signal = syscall.SIGSTOP
	}
	var gaps []float64
	for trial := 0; trial < number("KILLS"); trial++ {
		victim := peer.leader()
		time.Sleep(300 * time.Millisecond)
		for member := 0; member < members; member++ {
			if member != victim {
				peer.write(member)
			}
		}
		done, over := make(chan time.Time, 4), int32(0)
		begin := time.Now()
		peer.hit(victim, signal)
		for member := 0; member < members; member++ {
			if member == victim {
				continue
			}
			go func(member int) {
				for atomic.LoadInt32(&over) == 0 {
					go func() {
						if peer.write(member) == nil {
							select {
							case done <- time.Now():
							default:
							}
						}
					}()
					time.Sleep(10 * time.Millisecond)
				}
			}(member)
		}
		end := time.Now().Add(30 * time.Second)
		select {
		case end = <-done:
		case <-time.After(30 * time.Second):
			fmt.Fprintln(os.Stderr, "no write was acknowledged within 30 s; counted as 30 s")
		}
		atomic.StoreInt32(&over, 1)
		gaps = append(gaps, float64(end.Sub(begin).Microseconds())/1000)
		peer.hit(victim, syscall.SIGKILL)
		if trial+1 < number("KILLS") {
			peer.restart(victim)
		}
	}
	line, err := json.Marshal(map[string]interface{}{"gaps": gaps})
	check(err)
	fmt.Println(string(line))
}
