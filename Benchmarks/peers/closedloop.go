package main

import (
	"fmt"
	"io/ioutil"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const payloadBytes = 300

// payloads holds the values that every system in a comparison writes.
type payloads []string

func readPayloads() payloads {
	all, err := ioutil.ReadFile(os.Getenv("PAYLOADS"))
	check(err)
	var values payloads
	for at := 0; at+payloadBytes <= len(all); at += payloadBytes {
		values = append(values, string(all[at:at+payloadBytes]))
	}
	if len(values) == 0 {
		panic("PAYLOADS names a file without a payload")
	}
	return values
}

func (p payloads) at(number int) string { return p[number%len(p)] }

// closedLoop lets writers write one after the other, each with one write under way, and prints what came of it.
func closedLoop(name string, writers int, length time.Duration, write func(writer, number int) error) string {
	var group sync.WaitGroup
	var lock sync.Mutex
	var times []float64
	failures := 0
	begin := time.Now()
	end := begin.Add(length)
	for writer := 0; writer < writers; writer++ {
		group.Add(1)
		go func(writer int) {
			defer group.Done()
			var mine []float64
			failed := 0
			for number := writer * 1009; time.Now().Before(end); number++ {
				start := time.Now()
				if write(writer, number) == nil {
					mine = append(mine, float64(time.Since(start).Microseconds())/1000)
				} else {
					failed++
				}
			}
			lock.Lock()
			times = append(times, mine...)
			failures += failed
			lock.Unlock()
		}(writer)
	}
	group.Wait()
	seconds := time.Since(begin).Seconds()
	sort.Float64s(times)
	return fmt.Sprintf(`"%s":{"writes":%d,"seconds":%.4f,"p50":%.3f,"p99":%.3f,"failures":%d}`,
		name, len(times), seconds, percentile(times, 0.5), percentile(times, 0.99), failures)
}

// round runs the three loops of a round and prints one line of JSON.
func round(prepare func(), write func(writer, number int) error) {
	length := time.Duration(number("MS")) * time.Millisecond
	closedLoop("warm", 64, length/4, write)
	var parts []string
	for _, writers := range []int{1, 64, 256} {
		prepare()
		parts = append(parts, closedLoop(fmt.Sprintf("w%d", writers), writers, length, write))
	}
	fmt.Printf("{%s}\n", strings.Join(parts, ","))
}

func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return -1
	}
	place := int(share * float64(len(sorted)))
	if place >= len(sorted) {
		place = len(sorted) - 1
	}
	return sorted[place]
}

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
