package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

func bench(b *testing.B, records int, data []byte, d intake.Defaults) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	n := 0
	for b.Loop() {
		rep, err := intake.Read(context.Background(), intake.Source{}, bytes.NewReader(data), d, intake.Options{}, func([]intake.Found) error { return nil })
		if err != nil || rep.Records != records {
			b.Fatalf("%d records: %v", rep.Records, err)
		}
		n += records
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkCSVPhones(b *testing.B) {
	var t bytes.Buffer
	t.WriteString("phone,region,first_seen\n")
	for i := range 20_000 {
		fmt.Fprintf(&t, "(202) 555-%04d,US,2026-03-%02d\n", 100+i%100, 1+i%28)
	}
	bench(b, 20_000, t.Bytes(), intake.Defaults{})
}

// Of numbers that nobody wrote twice; those above repeat after a hundred.
func BenchmarkCSVDistinctPhones(b *testing.B) {
	var t bytes.Buffer
	t.WriteString("phone,region\n")
	for i := range 20_000 {
		fmt.Fprintf(&t, "01 99 00 %02d %02d,FR\n", i/100%100, i%100)
	}
	bench(b, 20_000, t.Bytes(), intake.Defaults{})
}

func BenchmarkAdverts(b *testing.B) {
	var t bytes.Buffer
	for i := range 2_000 {
		fmt.Fprintf(&t, `{"id":"a%d","text":"Selling a blue road bike, barely used, 250 EUR. Call two zero two 555 %04d after 6pm or see https://ads.example.net/item/%d","default_region":"US"}`+"\n", i, 100+i%100, i)
	}
	bench(b, 2_000, t.Bytes(), intake.Defaults{})
}

func BenchmarkSHA256List(b *testing.B) {
	var t bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&t, "366e780ccb7afbef7728b501bbbfa5a257e00efc08a4f847cbca0713%08x\n", i)
	}
	bench(b, 20_000, t.Bytes(), intake.Defaults{})
}

func BenchmarkSTIX(b *testing.B) {
	var t bytes.Buffer
	t.WriteString(`{"type":"bundle","id":"bundle--1","objects":[{"type":"identity","id":"identity--1"}`)
	for i := range 10_000 {
		fmt.Fprintf(&t, `,{"type":"email-addr","id":"email-addr--%d","value":"seller%d@example.org","object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]}`, i, i)
	}
	t.WriteString("]}")
	bench(b, 10_001, t.Bytes(), intake.Defaults{})
}
