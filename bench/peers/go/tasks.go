package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	batch     = 64
	queueSize = 64
	yielders  = 4
)

func spawn(count uint64) uint64 {
	var sum uint64
	var children sync.WaitGroup
	for at := uint64(0); at < count; at += batch {
		children.Add(batch)
		for i := at; i < at+batch; i++ {
			go func(i uint64) {
				atomic.AddUint64(&sum, i)
				children.Done()
			}(i)
		}
		children.Wait()
	}
	return sum
}

func spawnFuture(count uint64) uint64 {
	var sum uint64
	for i := uint64(0); i < count; i++ {
		value := make(chan uint64, 1)
		go func(i uint64) { value <- i }(i)
		sum += <-value
	}
	return sum
}

func yield(count uint64) uint64 {
	var sum uint64
	var ended sync.WaitGroup
	for i := 0; i < yielders; i++ {
		ended.Add(1)
		go func() {
			var done uint64
			for ; done < count/yielders; done++ {
				runtime.Gosched()
			}
			atomic.AddUint64(&sum, done)
			ended.Done()
		}()
	}
	ended.Wait()
	return sum
}

func pingPong(count uint64) uint64 {
	there, back := make(chan uint64, 1), make(chan uint64, 1)
	go func() {
		for item := range there {
			back <- item
		}
	}()
	var sum uint64
	for i := uint64(0); i < count/2; i++ {
		there <- i
		sum += <-back
	}
	close(there)
	return sum
}

func queue(count uint64) uint64 {
	items := make(chan uint64, queueSize)
	go func() {
		for i := uint64(0); i < count; i++ {
			items <- i
		}
		close(items)
	}()
	var sum uint64
	for item := range items {
		sum += item
	}
	return sum
}

// As queue, with each goroutine on a thread of its own, so that items do cross threads.
func queueLocked(count uint64) uint64 {
	items := make(chan uint64, queueSize)
	go func() {
		runtime.LockOSThread()
		for i := uint64(0); i < count; i++ {
			items <- i
		}
		close(items)
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var sum uint64
	for item := range items {
		sum += item
	}
	return sum
}

func sleepAll(count uint64, length func(uint64) time.Duration) uint64 {
	var sum uint64
	var ended sync.WaitGroup
	ended.Add(int(count))
	for i := uint64(0); i < count; i++ {
		go func(i uint64) {
			time.Sleep(length(i))
			atomic.AddUint64(&sum, i)
			ended.Done()
		}(i)
	}
	ended.Wait()
	return sum
}

func sleepers(count uint64) uint64 {
	return sleepAll(count, func(uint64) time.Duration { return 100 * time.Millisecond })
}

func sleepersSpread(count uint64) uint64 {
	return sleepAll(count, func(i uint64) time.Duration {
		return time.Duration(50_000+i*7919%100_000) * time.Microsecond
	})
}

func pool(count uint64) uint64 {
	var done uint64
	all := make(chan struct{})
	for i := uint64(0); i < count; i++ {
		go func() {
			if atomic.AddUint64(&done, 1) == count {
				close(all)
			}
		}()
	}
	<-all
	return done
}

func poolRoundTrip(count uint64) uint64 {
	type job struct {
		value  uint64
		answer chan uint64
	}
	jobs := make(chan job)
	for i := 0; i < 2; i++ {
		go func() {
			for job := range jobs {
				job.answer <- job.value
			}
		}()
	}
	var sum uint64
	answer := make(chan uint64)
	for i := uint64(0); i < count; i++ {
		jobs <- job{i, answer}
		sum += <-answer
	}
	close(jobs)
	return sum
}
