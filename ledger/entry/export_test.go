package entry

// ParseDetail and Padded are the two sides of a detail before it is sealed.
var ParseDetail = parseDetail

func Padded(d OversightDetail) ([]byte, error) { return d.padded() }
