package dossier_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

func render(t testing.TB, message any) dossier.Rendering {
	t.Helper()
	r, err := dossier.Rendering(nil).Render("m", message)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fill returns every field of a value, however deep, something of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + strings.Repeat("x", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint32, reflect.Uint64, reflect.Uint8:
		v.SetUint(uint64(*n%200 + 1))
	case reflect.Float64:
		v.SetFloat(float64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, *n, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	}
}

// TestAttackFieldThatIsNotShown: each exported field of what two officers send to
// another agency changes the lines that the second one reads, and their digest.
func TestAttackFieldThatIsNotShown(t *testing.T) {
	for _, message := range []any{new(casework.Request), new(casework.Disclosure), new(casework.DisclosedValue)} {
		v := reflect.ValueOf(message).Elem()
		n := 0
		fill(v, &n)
		whole := render(t, message)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			kept := reflect.New(field.Type).Elem()
			kept.Set(v.Field(i))
			v.Field(i).SetZero()
			less := render(t, message)
			if reflect.DeepEqual(whole, less) || whole.Digest() == less.Digest() {
				t.Errorf("%T.%s is not shown", message, field.Name)
			}
			v.Field(i).Set(kept)
		}
	}
}

// TestAttackForgedLine: no text of a peer makes a second line or hides.
func TestAttackForgedLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		one := func(text string) dossier.Rendering {
			r, err := dossier.Rendering(nil).Render("m", map[string]string{"text": strings.ToValidUTF8(text, "")})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		x, y := one(a), one(b)
		if len(x) != 1 || strings.ContainsAny(x[0].Value, "\n\r\x1b\u2028\u202e") {
			t.Fatalf("%q", x)
		}
		if same := strings.ToValidUTF8(a, "") == strings.ToValidUTF8(b, ""); (x.Digest() == y.Digest()) != same {
			t.Fatalf("%q and %q", x, y)
		}
	})
	forged := casework.Disclosure{Note: "x\nm.handling  H0"}
	for _, l := range render(t, forged) {
		if strings.Contains(l.Value, "\n") {
			t.Errorf("%q", l)
		}
	}
	if dossier.Rendering(nil).Digest() != "" {
		t.Error("nothing has a digest")
	}
}
