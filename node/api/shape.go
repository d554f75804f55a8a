package api

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A text of a request is one line of at most maxLine bytes, and a list has at most
// maxList values, unless its field says otherwise:
//
//	Reason  string   `json:"reason" line:"1000"`     // one line
//	Facts   string   `json:"facts" text:"20000"`     // with line breaks
//	Record  string   `json:"record" foreign:"4096"`  // as a source has it: whatever bytes
//	Reports []Report `json:"reports" list:"5000"`    // values
//
// What a field says of texts holds for the fields below it that say nothing. A request
// is checked before it is sent and again before it is carried out or kept, so that no
// command begins what the ledger, the store or the other agency will never take.
const (
	maxLine = 300 // bytes of UTF-8
	maxList = 256
)

// A bound is what a field says of its texts.
type bound struct {
	most    int
	breaks  bool // lines may break
	foreign bool // of a source: shown escaped, never believed to be a line
	list    int
}

// of returns the bound of a field below one with bound b.
func (b bound) of(tag reflect.StructTag) bound {
	b.list = maxList
	for name, set := range map[string]func(int){
		"line":    func(n int) { b.most, b.breaks, b.foreign = n, false, false },
		"text":    func(n int) { b.most, b.breaks, b.foreign = n, true, false },
		"foreign": func(n int) { b.most, b.foreign = n, true },
		"list":    func(n int) { b.list = n },
	} {
		if n, err := strconv.Atoi(tag.Get(name)); err == nil {
			set(n)
		}
	}
	return b
}

// checkShape checks the texts and lists of a request; its errors name the field, and
// hold nothing of what is in it.
func checkShape(request any) error {
	return bound{most: maxLine, list: maxList}.check("", reflect.ValueOf(request))
}

// checksItself are types whose texts are bounded where they are read.
var checksItself = map[reflect.Type]bool{reflect.TypeFor[Items](): true, reflect.TypeFor[time.Time](): true}

func (b bound) check(name string, v reflect.Value) error {
	if !v.IsValid() || checksItself[v.Type()] {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return b.text(name, v.String())
	case reflect.Pointer, reflect.Interface:
		return b.check(name, v.Elem())
	case reflect.Slice:
		return b.values(name, v)
	case reflect.Map:
		return b.pairs(name, v)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if err := b.of(f.Tag).check(below(name, f), v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// values checks a list; bytes are one value.
func (b bound) values(name string, v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return b.size(name, v.Len())
	}
	if v.Len() > b.list {
		return Errorf(Invalid, "give fewer", "%s has %d values, more than %d", name, v.Len(), b.list)
	}
	for i := range v.Len() {
		if err := b.check(fmt.Sprintf("%s %d", name, i+1), v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (b bound) pairs(name string, v reflect.Value) error {
	if v.Len() > b.list {
		return Errorf(Invalid, "give fewer", "%s has %d values, more than %d", name, v.Len(), b.list)
	}
	for of := v.MapRange(); of.Next(); {
		if err := b.check(name, of.Key()); err != nil {
			return err
		}
		if err := b.check(name, of.Value()); err != nil {
			return err
		}
	}
	return nil
}

func (b bound) size(name string, n int) error {
	if n > b.most {
		return Errorf(Invalid, "shorten it", "%s has %d bytes, more than %d", name, n, b.most)
	}
	return nil
}

func (b bound) text(name, text string) error {
	if err := b.size(name, len(text)); err != nil {
		return err
	}
	if b.foreign {
		return nil
	}
	if !utf8.ValidString(text) {
		return Errorf(Invalid, "write it as UTF-8", "%s is not UTF-8", name)
	}
	at := strings.IndexFunc(text, func(c rune) bool { return !shown(c) && (!b.breaks || !strings.ContainsRune("\n\r\t", c)) })
	if at < 0 {
		return nil
	}
	c, _ := utf8.DecodeRuneInString(text[at:])
	what := "a control character"
	if c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' {
		what = "a line break"
	}
	return Errorf(Invalid, "leave it out", "%s holds %s (%U at byte %d)", name, what, c, at+1)
}

// shown reports whether a character stands for itself in a line: it neither controls a
// terminal nor turns the direction of what follows.
func shown(c rune) bool {
	if c < unicode.MaxASCII {
		return c >= ' '
	}
	return !unicode.IsControl(c) && !unicode.Is(unicode.Zl, c) && !unicode.Is(unicode.Zp, c) && !unicode.Is(turns, c)
}

// turns are the characters that embed, override or isolate a direction of writing.
var turns = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202A, Hi: 0x202E, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// below names a field as its JSON form does.
func below(name string, f reflect.StructField) string {
	own, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if own == "" || own == "-" {
		own = f.Name
	}
	if name == "" {
		return own
	}
	return name + "." + own
}
