package reading

// Limits bound what one source may ask for. A zero field takes its value from
// DefaultLimits.
type Limits struct {
	Record   int   // bytes of one record
	Depth    int   // levels of nesting in JSON and XML
	Problems int   // problems kept word for word; all are counted
	Bytes    int64 // of one source
	Held     int   // statements held back until the markings at the end of a document are known
	Workers  int   // that bring values into their canonical form; 0 is one for each processor

	// For folders, archives and attachments.
	Entries  int   // files in one walk
	Expanded int64 // bytes that one archive may expand to
	Ratio    int64 // by which an archive may grow, above its first MiB
	Nesting  int   // archives inside archives
}

// DefaultLimits keep a run under 64 MB of memory; a STIX, MISP or CASE document of
// many values takes up to twice that, since its markings may stand at its end.
func DefaultLimits() Limits {
	return Limits{
		Record: 4 << 20, Depth: 100, Problems: 100, Bytes: 16 << 30, Held: 50_000,
		Entries: 100_000, Expanded: 16 << 30, Ratio: 200, Nesting: 2,
	}
}

// OrDefault returns the limits with the default for each that is zero.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, or *int }{
		{&l.Record, &d.Record}, {&l.Depth, &d.Depth}, {&l.Problems, &d.Problems},
		{&l.Held, &d.Held}, {&l.Entries, &d.Entries}, {&l.Nesting, &d.Nesting},
	} {
		if *f.have <= 0 {
			*f.have = *f.or
		}
	}
	for _, f := range []struct{ have, or *int64 }{{&l.Bytes, &d.Bytes}, {&l.Expanded, &d.Expanded}, {&l.Ratio, &d.Ratio}} {
		if *f.have <= 0 {
			*f.have = *f.or
		}
	}
	return l
}
